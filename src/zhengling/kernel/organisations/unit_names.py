"""What the name of a township or village says: its kind, its short form, the organ that governs it. Pure."""

from __future__ import annotations

import re

COUNTY_KINDS = frozenset({"district", "county", "autonomous_county", "county_city"})
ZONE_KINDS = frozenset({"development_zone", "administrative_zone"})

# 零陵区人民政府, 朝阳街道办事处, 永州市金洞管理区管理委员会
_ORGANS = {
    **dict.fromkeys(("prefecture_city", *COUNTY_KINDS, "town", "township", "ethnic_township"), "人民政府"),
    **dict.fromkeys(ZONE_KINDS, "管理委员会"),
    "subdistrict": "办事处",
}
_TOWNSHIP_ENDINGS = (
    ("街道", "subdistrict"),
    ("镇", "town"),
    ("族乡", "ethnic_township"),
    ("乡", "township"),
)
_COMMUNITY = re.compile(r"(?:(?:社区)?(?:居民委员会|居委会)|社区委员会|社区)$")
_VILLAGE_COMMITTEE = re.compile(r"(?:村民委员会|村委会)$")


def organ_name(kind: str, name: str) -> str:
    """The organ that governs a unit; empty for a kind of unit that has none."""
    return name + _ORGANS[kind] if kind in _ORGANS else ""


def township_kind(name: str) -> str:
    """街道, 镇, 民族乡, 乡; a farm, forest or park administration ranks as a township (类似乡级单位)."""
    return next((kind for ending, kind in _TOWNSHIP_ENDINGS if name.endswith(ending)), "township_equivalent")


def village_kind(name: str) -> str:
    """村 or 社区; the living areas (生活区) that only the statistics know are `other`."""
    if name.endswith("生活区"):
        return "other"
    return "community" if _COMMUNITY.search(name) else "village"


def village_short_name(name: str) -> str:
    """The place without its committee: 桃江村委会 → 桃江村, 横冲村村委会 → 横冲村, 清塘居委会 → 清塘社区."""
    if village_kind(name) == "community":
        return _COMMUNITY.sub("", name) + "社区"
    place = _VILLAGE_COMMITTEE.sub("", name)
    return name if place == name else place.removesuffix("村") + "村"
