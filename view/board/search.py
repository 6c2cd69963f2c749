"""Finds contests, options, parties and places by what people write: without accents, in other letters, and misspelt.

Names and what is searched are folded alike: case, accents, widths and digits of any script make no difference, nor does
which form of a Chinese character is written. Every word that is written has to be in the name or above it, one of them in the
name itself. What is found nowhere is looked for again with a letter or two wrong; not numbers, which are of other places.

`GET /v1/search` finds the same by the same rules (src/search, tests/embedded/test_search.py): who changes one changes the other.
An Index knows no database, and is the same for SQLite and PostgreSQL. It is never changed, so any thread may ask it.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

# Forms of one character that names of places and people are written with, the less common one first.
_FORMS = (
    "臺台 峯峰 羣群 裏里 裡里 磘窯 塩鹽 眞真 敍敘 啓啟 恒恆 温溫 衞衛 産產 県縣 湾灣 万萬 县縣 区區 东東 乡鄉 镇鎮 岛島 龙龍 门門 义義 兰蘭 凤鳳 庄莊 "
    "园園 国國 广廣 丰豐 复復 泽澤 桥橋 宁寧 华華 兴興 荣榮 连連 赖賴 萧蕭 赵趙 陈陳 张張 吴吳 刘劉 杨楊 黄黃 许許 邓鄧 郑鄭 谢謝 苏蘇 叶葉 罗羅 寿壽 云雲 "
    "党黨 进進 会會 议議 选選 举舉 总總 统統 员員 长長 学學 〇0 零0 一1 二2 三3 四4 五5 六6 七7 八8 九9"
)
_LETTERS = {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ħ": "h", "ŧ": "t"}
_DROPPED = "'’ʼ‘`´"


class _Folded(dict[int, str]):
    """What each character is folded to; worked out when it is met first."""

    def __missing__(self, code: int) -> str:
        said = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", chr(code)).casefold())
        self[code] = "".join(self._of(c) for c in said)
        return self[code]

    def _of(self, c: str) -> str:
        if unicodedata.category(c).startswith("M") or c in _DROPPED:
            return ""
        digit = unicodedata.decimal(c, None)
        if digit is not None:
            return str(digit)
        return _LETTERS.get(c, _form.get(c, c)) if c.isalnum() else " "


_form = {pair[0]: pair[1] for pair in _FORMS.split()}
_folded = _Folded()


def fold(said: str) -> str:
    """Words of small letters without marks, and a space between them."""
    return " ".join(said.translate(_folded).split())


@dataclasses.dataclass(frozen=True)
class Entry:
    kind: str  # contest, option, party, place.
    id: str
    name: str
    contest: str | None = None  # The id of the contest that an option or a party stands in.
    where: tuple[str, ...] = ()  # What it is in, the highest first: places, or the contest.
    above: tuple[str, ...] = ()  # The ids of these.
    where_also: tuple[str, ...] = ()  # Other names of these.
    also: tuple[str, ...] = ()  # Other names of it.
    what: str = ""  # Of a place: its kind, as the rules call it.
    unit: int | None = None  # Of a place from which figures come: its number.
    options: tuple[str, ...] = ()  # Of a party: the ids of its options.


@dataclasses.dataclass(frozen=True)
class Found:
    entries: tuple[Entry, ...] = ()  # The first of each kind, the best first.
    of_kind: tuple[tuple[str, int], ...] = ()  # How many there are of each kind.
    nearly: bool = False  # Nothing is written so; these are, with other letters.


class _Words:
    """Words, and which entries have them."""

    def __init__(self) -> None:
        self.entries: dict[str, set[int]] = defaultdict(set)
        self._bigrams: dict[str, list[str]] | None = None

    def containing(self, part: str) -> set[int]:
        return set().union(*(entries for word, entries in self.entries.items() if part in word))

    def nearly(self, part: str) -> set[int]:
        """Of words that are `part` but for a letter or two, or begin so."""
        wrong = _wrong_letters(part)
        if wrong == 0:
            return set()
        if self._bigrams is None:
            self._bigrams = defaultdict(list)
            for word in self.entries:
                for bigram in _bigrams_of(word):
                    self._bigrams[bigram].append(word)
        shared: dict[str, int] = defaultdict(int)
        own = _bigrams_of(part)
        for bigram in own:
            for word in self._bigrams.get(bigram, ()):
                shared[word] += 1
        least = max(1, len(own) - 1 - 3 * wrong)  # A letter wrong changes two of them, two that changed places three.
        return set().union(
            *(self.entries[word] for word, many in shared.items() if many >= least and _is_nearly(part, word, wrong))
        )


def _bigrams_of(word: str) -> set[str]:
    padded = f" {word} "
    return {padded[i : i + 2] for i in range(len(padded) - 1)}


def _wrong_letters(part: str) -> int:
    """How many letters of it may be wrong."""
    if any(c.isdigit() for c in part):
        return 0
    letters = len(part) * (2 if _has_ideographs(part) else 1)
    return 0 if letters < 4 else 1 if letters < 8 else 2


def _has_ideographs(said: str) -> bool:
    return any("\u3400" <= c <= "\u9fff" or c >= "\U00020000" for c in said)


def _is_nearly(part: str, word: str, wrong: int) -> bool:
    if _distance(part, word, wrong) <= wrong:
        return True
    begins = (word[: len(part) + more] for more in range(-wrong, wrong + 1) if len(part) + more < len(word))
    return any(_distance(part, begin, wrong) <= wrong for begin in begins)


def _distance(one: str, other: str, most: int) -> int:
    """Letters that are wrong, missing, too many, or two that changed places; more than `most`: most + 1 at least."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before, last = last, row
    return last[-1]


class Index:
    KINDS = ("contest", "option", "party", "place")
    FIRST = 20  # Of each kind.

    def __init__(self, entries: Iterable[Entry]):
        self.entries = tuple(entries)
        self._own, self._above = _Words(), _Words()
        self._names: list[str] = []
        self._one_word: list[
            tuple[str, int]
        ] = []  # Of ideographs: the names of all above and its own, and where that begins.
        folded: dict[tuple[str, ...], tuple[str, set[str]]] = {}
        for i, e in enumerate(self.entries):
            name = fold(e.name)
            self._names.append(name)
            for word in fold(" ".join((e.name, *e.also, e.id.rsplit("/", 1)[-1]))).split():
                self._own.entries[word].add(i)
            if e.where not in folded:
                above = fold(" ".join(e.where))
                folded[e.where] = above, {*above.split(), *fold(" ".join(e.where_also)).split()}
            above, words_above = folded[e.where]
            for word in words_above:
                self._above.entries[word].add(i)
            joined = (above + name).replace(" ", "") if _has_ideographs(name) and e.where else ""
            self._one_word.append((joined, len(joined) - len(name.replace(" ", ""))))

    def find(self, said: str) -> Found:
        """The best of each kind."""
        hits, nearly = self._hits(said, in_name=True)
        kinds: dict[str, list[int]] = {kind: [] for kind in self.KINDS}
        for i in hits:
            kinds[self.entries[i].kind].append(i)
        words = fold(said)
        best = [i for kind in self.KINDS for i in sorted(kinds[kind], key=lambda i: self._rank(i, words))[: self.FIRST]]
        return Found(
            tuple(self.entries[i] for i in best),
            tuple((kind, len(kinds[kind])) for kind in self.KINDS if kinds[kind]),
            nearly and bool(best),
        )

    def units(self, said: str) -> tuple[list[int], bool]:
        """The numbers of the places from which figures come that are called so, or lie in what is; and whether nearly."""
        hits, nearly = self._hits(said, in_name=False)
        units = [self.entries[i].unit for i in sorted(hits)]
        found = [unit for unit in units if unit is not None]
        return found, nearly and bool(found)

    def _hits(self, said: str, in_name: bool) -> tuple[set[int], bool]:
        exactly = {i for i, e in enumerate(self.entries) if e.id == said}
        parts = fold(said).split()
        if not parts:
            return exactly, False
        for nearly in (False, True):
            hits = self._with_all(parts, in_name, nearly) | exactly
            if hits:
                return hits, nearly
        return set(), False

    def _with_all(self, parts: list[str], in_name: bool, nearly: bool) -> set[int]:
        every: set[int] | None = None
        in_names: set[int] = set()
        for part in parts:
            own, above = self._own.containing(part), self._above.containing(part)
            if len(part) > 2 and _has_ideographs(part):
                own = own | self._joined(part)
            if nearly:
                own, above = own | self._own.nearly(part), above | self._above.nearly(part)
            in_names |= own
            found = own | above
            every = found if every is None else every & found
        return (every or set()) & in_names if in_name else every or set()

    def _joined(self, part: str) -> set[int]:
        """Written without spaces, from above into its own name: 台北市大安區."""
        return {
            i
            for i, (joined, begins) in enumerate(self._one_word)
            if part in joined and joined.rfind(part) + len(part) > begins
        }

    def _rank(self, i: int, words: str) -> tuple[int, bool, int]:
        name = self._names[i]
        order = 0 if name == words else 1 if name.startswith(words) else 2 if words in name else 3
        return order, self.entries[i].unit is not None, i
