"""Which fonts letters are set in: the ones the national layout asks for when the machine has them, else said plainly.

GB/T 9704-2012 asks for 仿宋, 小标宋, 楷体, 黑体 and 宋体. Offices own licences for them; they are found among the
system's fonts or in ``var/fonts``. What is missing is replaced by Noto CJK from the project's own packages.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

# The fallback in the lock; a variable font with every weight.
FALLBACK = "Noto Sans CJK SC"

# role -> (what the standard asks for, the families that are it, best first, family names as word processors know them)
WANTED: dict[str, tuple[str, tuple[str, ...], str]] = {
    "fang": (
        "仿宋",
        ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong", "FandolFang R"),
        "仿宋_GB2312",
    ),
    "title": (
        "小标宋",
        ("FZXiaoBiaoSong-B05S", "方正小标宋简体", "方正小标宋_GBK", "FZXiaoBiaoSong-B05"),
        "方正小标宋简体",
    ),
    "kai": ("楷体", ("KaiTi_GB2312", "楷体_GB2312", "KaiTi", "楷体", "STKaiti", "FandolKai"), "楷体_GB2312"),
    "hei": ("黑体", ("SimHei", "黑体", "STHeiti", "FandolHei"), "黑体"),
    "song": ("宋体", ("SimSun", "宋体", "STSong", "FandolSong", "Noto Serif CJK SC"), "宋体"),
}
# Not the standard's font, yet nearer to it than a sans.
NEAR = {"title": ("FandolSong", "Noto Serif CJK SC"), "fang": (), "kai": (), "hei": (), "song": ()}


@dataclass(frozen=True, slots=True)
class FontUse:
    """`wanted` as the standard names it, `used` as it was found, `substituted` when that is another font."""

    role: str
    wanted: str
    used: str
    substituted: bool


@dataclass(frozen=True)
class Fonts:
    uses: tuple[FontUse, ...]
    paths: tuple[str, ...]
    system: bool

    def faces(self) -> dict[str, Any]:
        """Per role what a layout sets text with; a sans that stands for 黑体 is set heavier to tell it apart."""
        return {
            use.role: {
                "font": [use.used] if use.used == FALLBACK else [use.used, FALLBACK],
                "weight": 600 if use.role == "hei" and use.used == FALLBACK else 400,
            }
            for use in self.uses
        }


@cache
def installed(system: bool = True) -> Fonts:
    """The fonts of this machine; with `system` off only those of the lock and of ``var/fonts``."""
    paths = [str(files("manimgx_fonts_cjk"))]
    own = Path(settings.VAR) / "fonts"
    if own.is_dir():
        paths.append(str(own))
    found = set(typst.Fonts(include_system_fonts=system, font_paths=paths).families())
    return Fonts(tuple(choose(role, found) for role in WANTED), tuple(paths), system)


def choose(role: str, found: set[str]) -> FontUse:
    """The best of the `found` families for a role."""
    wanted, families, _office = WANTED[role]
    for family in families:
        if family in found:
            return FontUse(role, wanted, family, False)
    used = next((family for family in NEAR[role] if family in found), FALLBACK)
    return FontUse(role, wanted, used, True)
