"""How fast `zhengling medical settle` is, as ratios to bare reading and writing and to DuckDB.

    .venv/bin/python benchmarks/settle.py [--rows 10000000] [--repeat 3] [--folder var/bench]

Makes a settlement file, sorted and shuffled, and measures whole processes (wall time, peak memory; the best
of the repeats). The floor reads the input's columns and writes them again with the same library, once with
its defaults and once with the command's own writer settings. DuckDB runs one statement that gives the same
output; it lives in a virtual environment of its own under the folder and is left out, with a message, where
it cannot be installed.

The data, from the seed 23: five settlements a person on average, spread evenly over 2022; cost log-normal
with median about 1,990 yuan; 40-95 % of it paid before assistance; classes 0-3 for 10, 20, 60 and 10 % of
the persons, one in fifty of class 3 included in class 2 at mid-year, 5 % veterans; inpatient 55 %, major
15 %, special outpatient 30 %; 5 % excluded. Row groups of 122,880 rows.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import venv
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zhengling.services.medical.bulk_results import decimals
from zhengling.services.medical.terms import BENEFITS, EXCLUSIONS

SEED = 23
ROW_GROUP = 122_880
REPOSITORY = Path(__file__).resolve().parent.parent
MEMORY = ("16GB", "2GB")  # limits for DuckDB: plenty, and the one for files without order

FLOOR = """
import sys, pyarrow.parquet as pq
tuned = dict(
    use_dictionary=["setl_seq", "benefit", "assistance_class", "hardship_veteran", "exclusion"],
    store_decimal_as_integer=True, write_batch_size=131072,
) if sys.argv[3] == "tuned" else {}
source = pq.ParquetFile(sys.argv[1])
with pq.ParquetWriter(sys.argv[2], source.schema_arrow, **tuned) as sink:
    for group in range(source.num_row_groups):
        sink.write_table(source.read_row_group(group))
"""

# The figures of articles 10 and 11 stand here again, by hand: a peer, not a part of the product.
STATEMENT = """
COPY (
  WITH given AS (
    SELECT *, year(setl_time) AS benefit_year, exclusion <> '' AS excluded,
      benefit = 'special_outpatient' AS special,
      CASE WHEN exclusion <> '' THEN 0
           ELSE CAST((inscp_scp_amt - paid_before_assistance) * 100 AS BIGINT) END AS base
    FROM read_parquet('{source}', file_row_number = true)
  ), lines AS (
    SELECT *,
      CASE WHEN assistance_class = 1 THEN 0
           WHEN assistance_class = 2 THEN CASE WHEN special THEN 100000 ELSE 120000 END
           WHEN assistance_class = 3 AND NOT special THEN 600000
           ELSE 1000000000000000000
      END AS deductible,
      CASE WHEN special OR assistance_class = 0 THEN 1000000000000000000 ELSE 10000000 END AS ceiling,
      CASE WHEN excluded THEN 0
           WHEN special THEN CASE assistance_class WHEN 1 THEN 90 WHEN 2 THEN 50 ELSE 0 END
           ELSE CASE assistance_class WHEN 1 THEN 90 WHEN 2 THEN 70 WHEN 3 THEN 50 ELSE 0 END
             + CASE WHEN hardship_veteran AND assistance_class > 0 THEN 10 ELSE 0 END
      END AS rate,
      coalesce(sum(CASE WHEN special THEN base ELSE 0 END) OVER earlier, 0)::BIGINT AS special_before,
      coalesce(sum(CASE WHEN special THEN 0 ELSE base END) OVER earlier, 0)::BIGINT AS inpatient_before,
      coalesce(bool_or(assistance_class = 3 AND NOT excluded) OVER earlier, false) AS was_class_3
    FROM given
    WINDOW earlier AS (
      PARTITION BY psn_no, benefit_year ORDER BY setl_time, setl_seq, file_row_number
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
  ), parts AS (
    SELECT *, CASE WHEN special THEN special_before ELSE inpatient_before END AS before,
      least(base, greatest(0, deductible - before)) AS below,
      least(base - below, greatest(0, before + base - ceiling)) AS above,
      base - below - above AS assisted,
      (assisted * rate + 50) // 100 AS share
    FROM lines
  ), paid AS (
    SELECT *, coalesce(sum(CASE WHEN special THEN share ELSE 0 END) OVER (
      PARTITION BY psn_no, benefit_year ORDER BY setl_time, setl_seq, file_row_number
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0)::BIGINT AS special_shares,
      CASE WHEN special THEN least(share, greatest(0, 800000 - special_shares)) ELSE share END AS pay
    FROM parts
  )
  SELECT setl_id, psn_no, setl_time, setl_seq, benefit, assistance_class, hardship_veteran, inscp_scp_amt,
    paid_before_assistance, exclusion,
    (base / 100)::DECIMAL(16, 2) AS base_amt, (below / 100)::DECIMAL(16, 2) AS below_deductible_amt,
    (assisted / 100)::DECIMAL(16, 2) AS assisted_amt, (above / 100)::DECIMAL(16, 2) AS above_ceiling_amt,
    rate::DECIMAL(5, 2) AS rate_pct, ((share - pay) / 100)::DECIMAL(16, 2) AS cap_cut_amt,
    (pay / 100)::DECIMAL(16, 2) AS maf_pay,
    CASE WHEN exclusion = 'wellness_cosmetic' THEN '第八条第（二）项'
         WHEN exclusion = 'third_party' THEN '第八条第（三）项'
         WHEN exclusion = 'other' THEN '第八条第（四）项'
         WHEN excluded THEN '第八条第（一）项'
         WHEN assistance_class = 0 THEN '第五条'
         ELSE CASE benefit WHEN 'major_outpatient' THEN '第十一条第（二）项;'
                WHEN 'special_outpatient' THEN '第十一条第（一）项' ELSE '' END
           || CASE WHEN special THEN '' WHEN assistance_class = 1 THEN '第十条第（一）项'
                WHEN assistance_class = 2 THEN '第十条第（二）项' ELSE '第十条第（三）项' END
           || CASE WHEN hardship_veteran AND NOT special THEN ';第十条第（四）项' ELSE '' END
           || CASE WHEN above > 0 AND NOT special THEN ';第十条' ELSE '' END
           || CASE WHEN was_class_3 AND assistance_class IN (1, 2) THEN ';第十五条' ELSE '' END
    END AS articles
  FROM paid ORDER BY file_row_number
) TO '{target}' (FORMAT parquet)
"""
DUCKDB = """
import sys, duckdb
source, target, folder, statement, memory = sys.argv[1:]
connection = duckdb.connect(config={"memory_limit": memory, "temp_directory": folder})
connection.execute(open(statement, encoding="utf-8").read().format(source=source, target=target))
"""


def settlements(rows: int) -> pa.Table:
    """The file described above, in the order of the contract."""
    rng = np.random.default_rng(SEED)
    persons = max(1, rows // 5)
    person = np.sort(rng.integers(0, persons, rows))
    second = rng.integers(0, 365 * 86_400, rows)
    second = second[np.lexsort((second, person))]
    cost = np.minimum(np.exp(rng.normal(12.2, 1.4, rows)), 9e7).astype(np.int64)
    paid = (cost * rng.uniform(0.4, 0.95, rows)).astype(np.int64)
    assistance_class = rng.choice(np.arange(4, dtype=np.int8), persons, p=[0.1, 0.2, 0.6, 0.1])[person]
    # One in fifty persons of class 3 is included in class 2 at mid-year.
    included = (assistance_class == 3) & (person % 50 == 0) & (second > 182 * 86_400)
    veteran = (rng.random(persons) < 0.05)[person]
    benefit = rng.choice(3, rows, p=[0.55, 0.15, 0.3]).astype(np.int32)
    exclusion = rng.choice(6, rows, p=[0.95, 0.01, 0.01, 0.01, 0.01, 0.01]).astype(np.int32)
    start = np.datetime64("2022-01-01", "us")
    return pa.table(
        {
            "setl_id": identifiers("4311", rng.permutation(rows), 14),
            "psn_no": identifiers("4311000099", person, 12),
            "setl_time": pa.array(start + second.astype("timedelta64[s]")),
            "setl_seq": pa.array(np.zeros(rows, dtype=np.int32)),
            "benefit": pa.array(list(BENEFITS)).take(pa.array(benefit)),
            "assistance_class": pa.array(np.where(included, 2, assistance_class).astype(np.int8)),
            "hardship_veteran": pa.array(veteran),
            "inscp_scp_amt": decimals(cost),
            "paid_before_assistance": decimals(paid),
            "exclusion": pa.array(["", *EXCLUSIONS]).take(pa.array(exclusion)),
        }
    )


def identifiers(prefix: str, numbers: npt.NDArray[Any], width: int) -> pa.Array:
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


class Run(NamedTuple):
    seconds: float
    processor: float  # seconds on all cores
    peak: float  # MiB


def measure(commands: dict[str, list[str]], repeat: int) -> dict[str, Run]:
    """The fastest run of each command; they take turns, so that other work on the machine meets all alike.

    Raises CalledProcessError when one fails.
    """
    best: dict[str, Run] = {}
    for _ in range(repeat):
        for name, command in commands.items():
            started = time.perf_counter()
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise subprocess.CalledProcessError(process.returncode, command)
            run = Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
            best[name] = min(best.get(name, run), run)
    return best


def peer(folder: Path) -> Path | None:
    """The Python of an environment with DuckDB, None where there is none to be had."""
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        venv.create(folder / "venv", with_pip=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "duckdb>=2,<3"]
    if subprocess.run(install, check=False).returncode:
        print("DuckDB cannot be installed here: the peer is left out")
        return None
    return python


def make(files: dict[str, Path], rows: int) -> None:
    table = settlements(rows)
    pq.write_table(table, files["sorted"], row_group_size=ROW_GROUP)
    order = np.random.default_rng(SEED).permutation(rows)
    pq.write_table(table.take(order), files["shuffled"], row_group_size=ROW_GROUP)


def checksum(path: Path) -> list[Any]:
    table = pq.read_table(path)
    sums = [pc.sum(table[name]).as_py() for name in table.column_names[10:17]]
    return [table.num_rows, *sums, pc.sum(pc.binary_length(table["articles"])).as_py()]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure zhengling medical settle.")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "var" / "bench")
    options = parser.parse_args()
    folder: Path = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    files = {kind: folder / f"{kind}-{options.rows}.parquet" for kind in ("sorted", "shuffled")}
    # What needs memory runs elsewhere: a process inherits the peak of the one that starts it.
    elsewhere = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    if not all(path.exists() for path in files.values()):
        elsewhere.submit(make, files, options.rows).result()
    statement = folder / "statement.sql"
    statement.write_text(STATEMENT, encoding="utf-8")
    python = peer(folder)
    for kind, source in files.items():
        ours, theirs, floor = folder / "ours.parquet", folder / "theirs.parquet", folder / "floor.parquet"
        own = [
            str(REPOSITORY / ".venv/bin/zhengling"),
            "medical",
            "settle",
            str(source),
            "--output",
            str(ours),
        ]
        commands = {"zhengling": own}
        for settings in ("default", "tuned"):
            commands[f"floor, {settings}"] = [sys.executable, "-c", FLOOR, str(source), str(floor), settings]
        if python:
            spill = str(folder / "spill")
            query = [str(python), "-c", DUCKDB, str(source), str(theirs), spill, str(statement)]
            commands |= {f"duckdb, {memory}": [*query, memory] for memory in MEMORY}
        measure({"first": own}, 1)  # compiles, once per machine
        runs = measure(commands, options.repeat)
        if python:
            own_sums, their_sums = elsewhere.map(checksum, (ours, theirs))
            if own_sums != their_sums:
                raise SystemExit(f"the outputs differ: {own_sums} and {their_sums}")
        print(f"{kind}, {options.rows:,} rows")
        for name, run in runs.items():
            ratios = f"zhengling/this {runs['zhengling'].seconds / run.seconds:5.2f}"
            ratios += f", processor {runs['zhengling'].processor / run.processor:5.2f}"
            print(
                f"  {name:16}{run.seconds:7.2f} s {run.processor:7.2f} s cpu {run.peak:6.0f} MiB   {ratios}"
            )


if __name__ == "__main__":
    main()
