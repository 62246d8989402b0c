# SPDX-License-Identifier: MIT
"""Finds the operators, signs, truth values, 0s and 1s of a header, and what they can be changed into.

The headers are formatted by clang-format, so spaces identify tokens: a binary operator has a space on
either side; angle brackets, pointers and references do not.
"""

import re
from typing import NamedTuple

BINARY = {
    "+": ["-"],
    "-": ["+"],
    "*": ["/"],
    "/": ["*"],
    "%": ["*"],
    "+=": ["-="],
    "-=": ["+="],
    "*=": ["/="],
    "/=": ["*="],
    "<": ["<=", ">="],
    "<=": ["<", ">"],
    ">": [">=", "<="],
    ">=": [">", "<"],
    "==": ["!="],
    "!=": ["=="],
    "&&": ["||"],
    "||": ["&&"],
    "<<": [">>"],
    ">>": ["<<"],
    "&": ["|"],
    "|": ["&"],
}
WORDS = {"true": "false", "false": "true", "0": "1", "1": "0", "++": "--", "--": "++"}
UNARY = {"-": "", "!": ""}

longest_first = sorted(BINARY, key=len, reverse=True)
TOKEN = re.compile(
    rf"""(?<=\s)(?P<binary>{"|".join(map(re.escape, longest_first))})(?=\s)
       | (?P<unary>(?<=[\s(,{{\[])-(?=[\w(])|!(?=[\w(]))
       | (?P<word>\+\+|--|(?<![\w.'])(?:true|false|0|1)(?![\w.']))""",
    re.X,
)
# Includes concepts: they determine what compiles, not the results.
NO_CODE = re.compile(
    r"""//[^\n]*
      | "(?:\\.|[^"\\\n])*"
      | \bconcept\s[^;{]*(?:\{(?:[^{}]|\{[^{}]*\})*\}[^;]*)?;
      | ^[ ]*\#(?:\\\n|[^\n])*""",
    re.X | re.M,
)
LOOP = re.compile(r"for \([^;{}]*;[^;]*$")


class Mutant(NamedTuple):
    """One change of a header: at `begin`, `old` becomes `new`."""

    source: str
    begin: int
    old: str
    new: str

    @property
    def text(self):
        return self.source[: self.begin] + self.new + self.source[self.begin + len(self.old) :]

    @property
    def line_number(self):
        return self.source.count("\n", 0, self.begin) + 1

    def line(self, token=None):
        """The line with the change marked: a name that remains valid if the header changes elsewhere."""
        first = self.source.rfind("\n", 0, self.begin) + 1
        last = self.source.find("\n", self.begin)
        token = token or f"[{self.old} -> {self.new or 'nothing'}]"
        after = self.source[self.begin + len(self.old) : last]
        return (self.source[first : self.begin] + token + after).strip()


def mutants(source, left_out):
    """All mutants of a header, except in lines that match a pattern of `left_out`."""
    code = NO_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), source)
    for match in TOKEN.finditer(code):
        old = match[0]
        if match["binary"]:
            new = BINARY[old]
            if LOOP.search(code, max(0, match.start() - 200), match.start()):
                new = new[:1]  # a loop that is never entered would prove little
        else:
            new = [UNARY[old] if match["unary"] else WORDS[old]]
        for one in new:
            mutant = Mutant(source, match.start(), old, one)
            if not any(re.search(pattern, mutant.line(old)) for pattern in left_out):
                yield mutant


def switched(source, numbered):
    """The header with many mutants [(number, mutant)] as switches of switch.hpp, and their numbers."""
    text, end, included = [], 0, []
    by_place = {}
    for number, mutant in numbered:
        by_place.setdefault(mutant.begin, []).append((number, mutant))
    for begin, group in sorted(by_place.items()):
        numbers = {mutant.new: number for number, mutant in group}
        old, new = group[0][1].old, group[0][1].new
        on = f"::mutation::on<{numbers[new]}>()"
        if old in ("++", "--"):
            if operand := re.match(r"(\w+)(?![\w.\[(])", source[begin + 2 :]):
                first, last = begin, begin + 2 + operand.end()
                change = f"({on} ? {new}{operand[1]} : {old}{operand[1]})"
            elif operand := re.search(r"(?<![\w.>])(\w+)$", source[:begin]):
                first, last = operand.start(), begin + 2
                change = f"({on} ? {operand[1]}{new} : {operand[1]}{old})"
            else:
                continue
        elif old in WORDS:
            first, last, change = begin, begin + len(old), f"({on} ? {new} : {old})"
        elif old == "!":
            first, last, change = begin, begin, f"{on} != "
        elif old in ("&&", "||") or new == "":
            continue  # these need all of an operand
        else:
            first = last = begin + len(old)
            places = ", ".join(str(numbers.get(other, -1)) for other in BINARY[old])
            change = f" ::mutation::At<{places}>{{}} {old}"
        text += [source[end:first], change]
        end = last
        included += group
    return "".join(text) + source[end:], included
