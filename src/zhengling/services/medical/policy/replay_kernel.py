"""The loop of a what-if, compiled: both laws over one batch of whole person-years, sums only.

It is compiled twice, for the readings as the rules are commonly taken and for any: known readings let the
compiler drop the branches of the others, which is a third of the time.
"""

from __future__ import annotations

from collections.abc import Callable

from numba.extending import register_jitable

from zhengling.services.medical import rules
from zhengling.services.medical.bulk_kernel import A, compiled
from zhengling.services.medical.rules import Account, Manner, Terms

# Upper ends of the bands of gain or loss of a person-year, in fen; the last band is open.
BANDS = (10_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000)
COMMON = Manner(whole_once_reached=0, reached_at_deductible=1, separate_major=0, restart_on_inclusion=0)


def terms_at(table: A, place: int, assistance_class: int, account: Account) -> Terms:
    """The terms of a person with this account; `place` is (benefit x 4 + class) x 2 + veteran."""
    after = 1 if rules.included_after_class_3(assistance_class, account) else 0
    line = place * 2 + after
    return Terms(table[line, 0], table[line, 1], table[line, 2], table[line, 3])


def close_year(
    cells: A, gains: A, year: int, county: int, assistance_class: int, before: int, after: int
) -> None:
    """Add one person's year to the sums, without branches: a wrong guess of the processor costs more than adding."""
    gain = after - before
    cells[year, county, assistance_class, 0] += 1
    cells[year, county, assistance_class, 1] += before > 0
    cells[year, county, assistance_class, 2] += after > 0
    cells[year, county, assistance_class, 3] += before
    cells[year, county, assistance_class, 4] += after
    cells[year, county, assistance_class, 5] += gain > 0
    cells[year, county, assistance_class, 6] += max(gain, 0)
    cells[year, county, assistance_class, 7] += gain < 0
    cells[year, county, assistance_class, 8] += max(-gain, 0)
    size = abs(gain)
    step = int(size > 0)
    for edge in BANDS:
        step += size > edge
    band = len(BANDS) + 1 + (step if gain > 0 else -step)
    gains[band, 0] += 1
    gains[band, 1] += gain


def _loop(common: bool) -> Callable[..., None]:
    def rows(
        person: A,
        year: A,
        county: A,
        group: A,
        veteran: A,
        benefit: A,
        exclusion: A,
        base: A,
        table: A,
        manners: A,
        classes: A,
        excluded: A,
        alike: A,
        first_year: int,
        cells: A,
        gains: A,
        kinds: A,
    ) -> None:
        """Where nothing in a year has differed so far, a settlement that both laws treat alike is settled once.

        `table` and `manners` by law; `classes` by law and group; `excluded` by law and ground; `alike` by place.
        """
        if common:
            old_manner = new_manner = COMMON
        else:
            old_manner = Manner(manners[0, 0], manners[0, 1], manners[0, 2], manners[0, 3])
            new_manner = Manner(manners[1, 0], manners[1, 1], manners[1, 2], manners[1, 3])
        old = new = Account(0, 0, 0, 0, 0, 0)
        old_paid = new_paid = 0
        apart = False
        for row in range(len(person)):
            kind = benefit[row]
            at = year[row] - first_year
            old_class, new_class = classes[0, group[row]], classes[1, group[row]]
            old_out, new_out = excluded[0, exclusion[row]], excluded[1, exclusion[row]]
            place = (kind * 4 + old_class) * 2 + veteran[row]
            if not apart and not (old_class == new_class and old_out == new_out and alike[place]):
                apart = True
                new, new_paid = old, old_paid
            if not old_out:
                terms = terms_at(table[0], place, old_class, old)
                settled, old = rules.settle(base[row], kind, old_class, terms, old_manner, old)
                old_paid += settled.pay
                kinds[at, kind, 0] += settled.pay
                if not apart:
                    kinds[at, kind, 1] += settled.pay
            if apart and not new_out:
                place = (kind * 4 + new_class) * 2 + veteran[row]
                terms = terms_at(table[1], place, new_class, new)
                settled, new = rules.settle(base[row], kind, new_class, terms, new_manner, new)
                new_paid += settled.pay
                kinds[at, kind, 1] += settled.pay
            last = row + 1 == len(person)
            if last or person[row + 1] != person[row] or year[row + 1] != year[row]:
                # A person's year belongs to the class that the law before gives its last settlement.
                close_year(
                    cells, gains, at, county[row], old_class, old_paid, new_paid if apart else old_paid
                )
                old = new = Account(0, 0, 0, 0, 0, 0)
                old_paid = new_paid = 0
                apart = False

    return rows


register_jitable(terms_at)
register_jitable(close_year)
replay_common = compiled(_loop(common=True))
replay_any = compiled(_loop(common=False))
