"""How fast a what-if is: person-years a second under two laws, beside openfisca-core; and one explained decision.

    .venv/bin/python benchmarks/whatif.py [--person-years 5000000] [--peer-person-years 500000] [--repeat 3]

Both replay the settlements of the generator (`services/medical/policy/generator.py`, seed 2022) under the law of 2022
and under a reform: class 2 from 1,000 yuan on, class 3 at 55 %. Ours is one pass over the mapped file with everything that
the page shows; the peer computes each person's year under both laws, without excluded settlements and without breaking
them down. openfisca-core (AGPL) lives in an environment of its own under the folder and is left out, with a message, where
it cannot be installed. Best of the repeats; the peer's exactness is counted against the rule run one by one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
import venv
from datetime import date
from pathlib import Path

import numpy as np

from zhengling.configuration import CITIES
from zhengling.kernel.law.parameters import ParametersOn, load_parameters
from zhengling.services.medical.explain import Case, explain
from zhengling.services.medical.policy import generator, population, replay
from zhengling.services.medical.policy.changes import changed
from zhengling.services.medical.rules import EMPTY, INPATIENT, SPECIAL_OUTPATIENT
from zhengling.services.medical.terms import terms_on

REPOSITORY = Path(__file__).resolve().parent.parent
CITY = CITIES / "yongzhou"
DAY = date(2022, 3, 28)
REFORM = {
    "inpatient_deductible": {"0": None, "1": 0, "2": 1000, "3": 6000},
    "inpatient_rate": {"0": None, "1": 90, "2": 70, "3": 55},
}
PEER = "openfisca-core==46.0.1"
CHECKED = 20_000  # person-years whose exactness is counted


def laws() -> tuple[ParametersOn, ParametersOn]:
    law = load_parameters(CITY / "medical" / "parameters.yaml")
    return law.on(DAY), changed(law, DAY, REFORM)


def made(folder: Path, person_years: int) -> Path:
    path = folder / f"population-{person_years}.arrow"
    if not path.exists():
        generator.generate(path, person_years, 2022, 2021, generator.weights_of(CITY))
    return path


def ours(path: Path, repeat: int) -> tuple[float, float]:
    """Seconds by the clock, and of all processors together."""
    seconds = []
    with population.opened(path) as people:
        size = people.size()
        for _again in range(repeat + 1):  # the first compiles
            began, busy = time.perf_counter(), time.process_time()
            replay.replay(people, *laws(), (size.first_year, size.last_year))
            seconds.append((time.perf_counter() - began, time.process_time() - busy))
    wall, cpu = zip(*seconds[1:], strict=True)
    return min(wall), min(cpu)


def peer_environment(folder: Path) -> Path | None:
    """The interpreter with the peer, None where it cannot be had."""
    home = folder / "openfisca"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PEER],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        print(f"openfisca-core is left out: {done.stderr.strip().splitlines()[-1:]}")
        return None
    return python


def peer(python: Path, folder: Path, path: Path, repeat: int) -> tuple[float, float, float, int]:
    """Seconds of computing (clock, processor), of building and computing, and how many differ from the rule."""
    columns: dict[str, list[np.ndarray]] = {}
    with population.opened(path) as people:
        law = replay.law_of(laws()[0])
        for number in range(people.batches):
            batch = people.batch(number)
            kept = batch["exclusion"] == 0
            for name, values in {
                "person": batch["person"].astype(np.int64),
                "base": batch["base"],
                "assistance_class": law.classes[batch["group"]],
                "veteran": batch["veteran"] == 1,
                "special": batch["benefit"] == SPECIAL_OUTPATIENT,
            }.items():
                columns.setdefault(name, []).append(values[kept])
    given = {name: np.concatenate(parts) for name, parts in columns.items()}
    _persons, given["person"] = np.unique(given["person"], return_inverse=True)
    np.savez(folder / "peer-input.npz", **given)
    script = Path(__file__).with_name("whatif_openfisca.py")
    done = subprocess.run(
        [python, script, folder / "peer-input.npz", folder / "peer-output.npz", str(repeat)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = np.load(folder / "peer-output.npz")
    wrong = np.zeros(CHECKED, dtype=bool)
    for name, on in zip(("before", "after"), laws(), strict=True):
        wrong |= np.rint(found[name][:CHECKED].astype(np.float64) * 100) != expected(given, on)
    wall, cpu, whole = json.loads(done.stdout)
    return wall, cpu, whole, int(wrong.sum())


def expected(given: dict[str, np.ndarray], on: ParametersOn) -> np.ndarray:
    """Fen of the first person-years by the rule that decides cases, one settlement at a time."""
    terms = terms_on(on)
    paid = np.zeros(CHECKED, dtype=np.int64)
    account, held = EMPTY, -1
    for person, base, number, veteran, special in zip(*(given[name] for name in given), strict=True):
        if person >= CHECKED:
            break
        if person != held:
            account, held = EMPTY, person
        benefit = SPECIAL_OUTPATIENT if special else INPATIENT
        settled, account = terms.settle(int(base), benefit, int(number), bool(veteran), account)
        paid[person] += settled.pay
    return paid


def explained() -> float:
    """Microseconds for one decision with its trace."""
    terms = terms_on(laws()[0])
    case = Case(INPATIENT, 2, True, 3_000_000, "", EMPTY)
    rounds = 5000
    best = []
    for _again in range(5):
        began = time.perf_counter()
        for _round in range(rounds):
            explain(case, terms)
        best.append((time.perf_counter() - began) / rounds)
    return min(best) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="What-if: person-years a second under two laws.")
    parser.add_argument("--person-years", type=int, default=5_000_000)
    parser.add_argument("--peer-person-years", type=int, default=500_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "var" / "bench-envs")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    wall, cpu = ours(made(asked.folder, asked.person_years), asked.repeat)
    rate, busy_rate = asked.person_years / wall, asked.person_years / cpu
    print(f"ours: {asked.person_years:,} person-years under two laws in {wall:.2f} s ({cpu:.2f} s of processors),")
    print(f"  {rate:,.0f} a second by the clock, {busy_rate:,.0f} a second of one processor")
    print(f"one explained decision: {explained():.0f} microseconds")
    python = peer_environment(asked.folder)
    if python is None:
        return
    path = made(asked.folder, asked.peer_person_years)
    their_wall, their_cpu, their_whole, wrong = peer(python, asked.folder, path, asked.repeat)
    theirs, their_busy = asked.peer_person_years / their_wall, asked.peer_person_years / their_cpu
    print(f"openfisca-core: {asked.peer_person_years:,} in {their_wall:.2f} s ({their_cpu:.2f} s of processors),")
    print(f"  {theirs:,.0f} a second by the clock, {their_busy:,.0f} a second of one processor")
    print(f"  {their_whole:.2f} s with building both simulations")
    print(f"ratio {rate / theirs:.0f} by the clock, {busy_rate / their_busy:.0f} by processor time,")
    print(f"  {rate * their_whole / asked.peer_person_years:.0f} by the clock with building")
    print(f"{wrong} of {CHECKED:,} person-years of the peer are not exact; ours are the rule itself")


if __name__ == "__main__":
    main()
