"""Kinds of marks with their codes and words, and which department keeps which list (articles 4(5), 4(7)-(9), 5, 10(4))."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.law.queries import instrument
from zhengling.services.medical.models import Identity

Kind = Identity.Kind
LAW = "YZCR-2021-01016"


@dataclass(frozen=True, slots=True)
class Keeper:
    """A department with the words of its list -> our codes. A code is a kind, after a dot what its list adds."""

    name: str
    label: str | Promise
    list_label: str | Promise
    article: str
    codes: dict[str, str]

    @property
    def data_set(self) -> str:
        return f"medical.list.{self.name}"

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(code.partition(".")[0] for code in self.codes.values())


CIVIL_AFFAIRS = Keeper(
    "civil_affairs",
    _("civil affairs department"),
    _("civil affairs: extreme poverty, orphans, minimum living allowance and its margin"),
    "4(5)",
    {
        "特困供养人员": "extreme_poverty",
        "孤儿": "orphan",
        "事实无人抚养儿童": "unattended_child",
        "最低生活保障对象": "minimum_living",
        "最低生活保障边缘家庭成员": "marginal",
        "特困": "extreme_poverty",
        "低保": "minimum_living",
        "低保边缘": "marginal",
    },
)
DISABLED = Keeper(
    "disabled",
    _("disabled persons' federation"),
    _("disabled persons' federation: severe disability"),
    "4(9)",
    {
        "一级": "severe_disability.1",
        "二级": "severe_disability.2",
        "1": "severe_disability.1",
        "2": "severe_disability.2",
    },
)
RURAL = Keeper(
    "rural",
    _("rural revitalisation department"),
    _("rural revitalisation: monitored against falling back into poverty"),
    "4(7)",
    {
        "脱贫不稳定户": "monitored.unstable",
        "边缘易致贫户": "monitored.marginal",
        "突发严重困难户": "monitored.sudden",
    },
)
VETERANS = Keeper(
    "veterans",
    _("veterans affairs department"),
    _("veterans affairs: veterans in difficulty"),
    "4(8)",
    {"困难退役军人": "hardship_veteran"},
)
KEEPERS = (CIVIL_AFFAIRS, DISABLED, RURAL, VETERANS)

# Every kind with its detail in the words of the gazette, for files that hold marks of all departments.
WORDS = {
    "特困供养人员": "extreme_poverty",
    "孤儿": "orphan",
    "事实无人抚养儿童": "unattended_child",
    "最低生活保障对象": "minimum_living",
    "重度残疾人（一级）": "severe_disability.1",
    "重度残疾人（二级）": "severe_disability.2",
    "最低生活保障边缘家庭成员": "marginal",
    "脱贫不稳定户": "monitored.unstable",
    "边缘易致贫户": "monitored.marginal",
    "突发严重困难户": "monitored.sudden",
    "困难退役军人": "hardship_veteran",
}

# What a code adds to its kind, in words.
DETAILS = {
    "severe_disability.1": _("grade 1"),
    "severe_disability.2": _("grade 2"),
    "monitored.unstable": _("out of poverty, not stable"),
    "monitored.marginal": _("at the margin of poverty"),
    "monitored.sudden": _("sudden serious difficulty"),
}
# Every code there is: what the platform's own codes are mapped from.
CODES = tuple(dict.fromkeys(code for keeper in KEEPERS for code in keeper.codes.values()))


def in_force() -> date:
    """The rules' first day: before it there is no class."""
    return instrument(LAW).valid_from


def keeper_of(data_set: str) -> Keeper:
    """Raises StopIteration for a data set that is no department's list."""
    return next(keeper for keeper in KEEPERS if keeper.data_set == data_set)


def keeper_of_kind(kind: str) -> Keeper:
    return next(keeper for keeper in KEEPERS if kind in keeper.kinds)


def code_of(identity: Identity) -> str:
    return f"{identity.kind}.{identity.detail}" if identity.detail else identity.kind


def words_of(code: str) -> str:
    """A code in the reader's language: the kind, and what its list adds."""
    kind = str(Kind(code.partition(".")[0]).label)
    return f"{kind}（{DETAILS[code]}）" if code in DETAILS else kind


# What the law's page says of the registers kept here.
REGISTERS = {
    "medical.identities": _("register of marks with source, period and evidence"),
    "medical.lists": _("lists of the departments, compared every month"),
    "medical.marks": _("marks sent to the platform and acknowledged by it"),
    "medical.opening": _("what a county brought when it began here"),
}

# The place in article 5 (and 10(4)) that gives a kind its class.
ARTICLES = {
    Kind.EXTREME_POVERTY: "5(1)",
    Kind.ORPHAN: "5(1)",
    Kind.UNATTENDED_CHILD: "5(1)",
    Kind.MINIMUM_LIVING: "5(2)",
    Kind.SEVERE_DISABILITY: "5(2)",
    Kind.MARGINAL: "5(2)",
    Kind.MONITORED: "5(2)",
    Kind.HARDSHIP_VETERAN: "10(4)",
}


def article_of(kind: str) -> str:
    return f"{LAW}/{ARTICLES[Kind(kind)]}"
