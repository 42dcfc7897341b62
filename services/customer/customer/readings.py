"""Readings (pinyin) of Chinese names of institutions and people.

The library's dictionary of phrases would cost 45 MB in every process; single readings and the short lists below, of
places and surnames that are read otherwise, cost 14 MB.
"""

import os

os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")

from pypinyin import lazy_pinyin

_IN_INSTITUTIONS = {"长": "chang", "都": "du", "厦": "xia", "藏": "zang", "埔": "pu", "曾": "zeng"}
"""Characters that names of institutions read otherwise than running text."""

_PLACES = {
    "重庆": "chong qing",
    "宝坻": "bao di",
    "黄陂": "huang pi",
    "佛山": "fo shan",
    "六安": "lu an",
    "六合": "lu he",
    "蚌埠": "beng bu",
    "番禺": "pan yu",
    "东阿": "dong e",
    "莘县": "shen xian",
    "单县": "shan xian",
    "泌阳": "bi yang",
    "浚县": "xun xian",
    "蔚县": "yu xian",
    "尉犁": "yu li",
    "繁峙": "fan shi",
    "洪洞": "hong tong",
    "监利": "jian li",
    "乐清": "yue qing",
    "乐亭": "lao ting",
    "铅山": "yan shan",
    "涡阳": "guo yang",
    "大城": "dai cheng",
    "大埔": "da bu",
    "荥经": "ying jing",
    "荥阳": "xing yang",
    "什邡": "shi fang",
    "犍为": "qian wei",
    "中牟": "zhong mu",
    "牟平": "mu ping",
    "解州": "xie zhou",
    "枞阳": "zong yang",
    "盱眙": "xu yi",
    "亳州": "bo zhou",
    "台州": "tai zhou",
    "丽水": "li shui",
    "朝阳": "chao yang",
    "行唐": "xing tang",
    "侯马": "hou ma",
    "长子县": "zhang zi xian",
    "隆尧": "long yao",
    "康巴什": "kang ba shi",
    "巴彦淖尔": "ba yan nao er",
    "喀什": "ka shi",
    "大夫": "dai fu",
    "传染": "chuan ran",
    "结核": "jie he",
    "血液": "xue ye",
}

_SURNAMES = {
    "单": "shan",
    "曾": "zeng",
    "仇": "qiu",
    "解": "xie",
    "查": "zha",
    "任": "ren",
    "华": "hua",
    "区": "ou",
    "朴": "piao",
    "盖": "ge",
    "翟": "zhai",
    "乐": "yue",
    "尹": "yin",
    "覃": "qin",
    "召": "shao",
    "缪": "miao",
    "宓": "mi",
    "逄": "pang",
    "员": "yun",
    "折": "she",
    "黑": "he",
    "秘": "bi",
    "繁": "po",
    "盛": "sheng",
    "洗": "xian",
    "车": "che",
    "尉迟": "yu chi",
    "万俟": "mo qi",
    "澹台": "tan tai",
    "长孙": "zhang sun",
}

_LONGEST_PLACE = max(map(len, _PLACES))


def read_institution(name: str) -> list[str]:
    """The syllables of an institution's name; what is no ideograph stays as it is, character by character."""
    syllables: list[str] = []
    position = 0
    while position < len(name):
        for length in range(_LONGEST_PLACE, 1, -1):
            known = _PLACES.get(name[position : position + length])
            if known:
                syllables += known.split()
                position += length
                break
        else:
            character = name[position]
            syllables.append(_IN_INSTITUTIONS.get(character) or _plain(character))
            position += 1
    return syllables


def read_person(name: str) -> list[str]:
    """The syllables of a person's name, surname first."""
    for length in (2, 1):
        known = _SURNAMES.get(name[:length])
        if known:
            return known.split() + [_plain(character) for character in name[length:]]
    return [_plain(character) for character in name]


def _plain(character: str) -> str:
    return lazy_pinyin(character)[0]
