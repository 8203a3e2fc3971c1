from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from zhengling.kernel.casework.errors import ActRefused
from zhengling.kernel.documents.models import Series, TakenNumber
from zhengling.kernel.documents.numbers import gaps, take_number, void_number

pytestmark = [pytest.mark.django_db, pytest.mark.db_sensitive]


class Rollback(Exception):
    pass


def test_numbers_run_by_organ_series_and_year(city) -> None:
    first = take_number(city.county_mib, "letter", 2022)
    assert first.text == "冷医保发〔2022〕1号"
    assert take_number(city.county_mib, "letter", 2022).number == 2
    assert take_number(city.county_mib, "receipt", 2022).text == "冷医保受〔2022〕1号"
    assert take_number(city.county_mib, "letter", 2023).text == "冷医保发〔2023〕1号"
    assert take_number(city.other_county_mib, "letter", 2022).text == "零医保发〔2022〕1号"


def test_a_number_whose_letter_failed_is_free_again(city) -> None:
    take_number(city.county_mib, "letter", 2022)
    with pytest.raises(Rollback), transaction.atomic():
        take_number(city.county_mib, "letter", 2022)
        raise Rollback
    assert take_number(city.county_mib, "letter", 2022).number == 2
    assert gaps(city.county_mib, "letter", 2022) == []


def test_a_void_number_keeps_its_place_and_its_reason(city) -> None:
    first = take_number(city.county_mib, "letter", 2022)
    with pytest.raises(ActRefused, match="reason"):
        void_number(first, " ")
    void_number(first, "重复发文")
    with pytest.raises(ActRefused, match="void already"):
        void_number(first, "再次")
    assert take_number(city.county_mib, "letter", 2022).number == 2
    assert TakenNumber.objects.get(number=1).void_reason == "重复发文"


def test_gaps_are_found(city) -> None:
    for _ in range(3):
        take_number(city.county_mib, "letter", 2022)
    TakenNumber.objects.filter(number=2).delete()
    assert gaps(city.county_mib, "letter", 2022) == [2]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_take_every_number_once(city) -> None:
    """Twelve threads meet at a series that does not exist yet; some of them roll back."""
    organ, gate = city.county_mib, Barrier(12)
    taken: list[int] = []
    failures: list[BaseException] = []

    def work(position: int) -> None:
        gate.wait()
        try:
            for turn in range(5):
                with transaction.atomic():
                    number = take_number(organ, "letter", 2022).number
                    if (position + turn) % 4 == 0:
                        raise Rollback
                taken.append(number)
        except Rollback:
            pass
        except BaseException as error:  # what a thread raises is lost otherwise
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=work, args=(position,)) for position in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(taken) == list(range(1, len(taken) + 1))
    assert Series.objects.get().last == len(taken) > 12
    assert gaps(organ, "letter", 2022) == []
