"""A small city for tests: one set of rules, one plan, one notice, written as a regulation is written."""

from __future__ import annotations

from pathlib import Path

RULES = """
key: YZCR-2020-01001
yzcr: YZCR-2020-01001
document: 永政办发〔2020〕1号
form: articles
service: lamps
title: {zh: 路灯管理办法, en: Rules on Street Lamps}
issuer: {zh: 永州市人民政府办公室, en: General Office}
issued: 2020-01-02
valid_from: 2020-02-01
valid_from_basis: {zh: 第三条, en: Article 3}
expiry: {on: 2025-01-31, presumed: true, basis: {zh: 推定五年, en: five years presumed}}
parents: [{title: 上级办法, document: 国发〔2019〕9号}]
reasons:
  basis: {zh: 只说依据, en: basis only}
  later: {issue: 9, zh: 报修, en: repairs}
text:
  - chapter: 1
    heading: {zh: 总则, en: General}
    provisions:
      - at: "1"
        heading: {zh: 依据, en: Basis}
        summary: {zh: 依上级办法, en: under the higher rules}
        mark: organisational
        reason: basis
      - at: "2"
        heading: {zh: 点灯, en: Lighting}
      - at: "2(1)"
        heading: {zh: 时间, en: Time}
        summary: {zh: 天黑即亮, en: lit at dusk}
        mark: carried_out
        by: {rule: [lamps.dusk], parameter: [lamps.minutes]}
        duties: [{owner: 路灯所, limit: none stated}]
      - at: "2(2)"
        heading: {zh: 报修, en: Repair}
        summary: {zh: 三日修好, en: mended in three days}
        mark: being_built
        reason: later
        duties: [{owner: [路灯所, 电力公司], limit: 3 days}]
  - chapter: 2
    heading: {zh: 附则, en: Supplement}
    provisions:
      - at: "3"
        heading: {zh: 施行, en: Force}
        summary: {zh: 二月一日起, en: from 1 February}
        mark: carried_out
        by: {register: [law.instruments]}
"""

PLAN = """
key: YZCR-2020-00002
yzcr: YZCR-2020-00002
document: 永政发〔2020〕2号
form: plan
service: trees
title: {zh: 植树方案, en: Plan for Trees}
issuer: {zh: 永州市人民政府, en: Government}
issued: 2020-03-01
valid_from: 2020-03-01
valid_from_basis: {zh: 成文日期, en: date of the document}
expiry: {on: , presumed: false, basis: {zh: 未写明, en: not stated}}
reasons:
  later: {zh: 以后, en: later}
text:
  - provisions:
      - at: 序言
        heading: {zh: 依据, en: Basis}
        summary: {zh: 为了绿化, en: for greenery}
        mark: organisational
        reason: later
  - chapter: 1
    heading: {zh: 目标, en: Aims}
    provisions:
      - at: "一.1"
        heading: {zh: 今年, en: This year}
        summary: {zh: 种一百棵, en: a hundred trees}
        mark: being_built
        reason: later
        duties: [{owner: 林业局, limit: by 2020-12-31}]
      - at: "一.2"
        heading: {zh: 明年, en: Next year}
        summary: {zh: 再种一百棵, en: a hundred more}
        mark: being_built
        reason: later
  - chapter: 2
    heading: {zh: 措施, en: Measures}
    provisions:
      - at: "二(一)"
        heading: {zh: 选址, en: Place}
        summary: {zh: 沿河种, en: along the river}
        mark: being_built
        reason: later
      - at: "二(一)1"
        heading: {zh: 树种, en: Kind}
        summary: {zh: 用樟树, en: camphor}
        mark: being_built
        reason: later
      - at: "二(一):2"
        heading: {zh: 分工, en: Who}
        summary: {zh: 林业牵头, en: forestry leads}
        mark: being_built
        reason: later
"""

CITY = """
code: "431100"
name: {zh: 永州市, en: Yongzhou}
series: {永政办发: yzbf, 永政发: yzf}
gazette:
  title: {zh: 公报, en: Gazette}
  year: 2020
  issue: "1"
  cumulative: "100"
  permit: 无
  effect: {zh: 等同, en: equal}
  sections:
    - heading: {zh: 市政府文件, en: Government}
      documents: [{file: trees/regulation.yaml, pages: [2, 3]}]
    - heading: {zh: 市政府办文件, en: Office}
      documents: [{file: lamps/regulation.yaml, pages: [4, 5]}]
"""

OWNERS = """
路灯所: lamp office
电力公司: power company
林业局: forestry bureau
"""

PARAMETERS = """
instrument: YZCR-2020-01001
parameters:
  minutes:
    label: {en: Minutes after sunset, zh: 日落后分钟数}
    unit: number
    article: "2(1)"
    values: [{from: 2020-02-01, value: 10}]
"""


def write(folder: Path, **changed: str) -> Path:
    """The small city in `folder`; `rules`, `plan`, `city`, `owners`, `parameters` replace a file's text."""
    for name, file, text in (
        ("city", "city.yaml", CITY),
        ("owners", "owners.yaml", OWNERS),
        ("rules", "lamps/regulation.yaml", RULES),
        ("parameters", "lamps/parameters.yaml", PARAMETERS),
        ("plan", "trees/regulation.yaml", PLAN),
    ):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed.get(name, text), encoding="utf-8")
    return folder
