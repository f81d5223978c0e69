"""What golem can work out: sums, counting, spelling, calendars and other tables.

Each skill is a function of a random generator that yields (question, answer, topic, extra);
`extra` keeps what a follow-up needs, such as the result of a sum.
"""

import random
from collections.abc import Callable

from grammar import draw
from words import CAPITALS, DAYS, MONTH_DAYS, MONTHS, OPPOSITES, SPELL, number, ru_number

Turn = tuple[str, str, str, object]

LEADS = ["what is", "what's", "how much is", "", "", "what is", "calculate", "tell me", "can you tell me", "what does",
         "do you know", "please tell me", "can you calculate", "hey golem what is", "golem what is", "okay what is"]
ADD = ["{a} plus {b}"] * 6 + ["{a} and {b}", "the sum of {a} and {b}", "{a} added to {b}"]
SUB = ["{a} minus {b}"] * 6 + ["{a} take away {b}", "the difference between {a} and {b}", "{a} less {b}"]
MUL = ["{a} times {b}"] * 6 + ["{a} multiplied by {b}", "the product of {a} and {b}"]
DIV = ["{a} divided by {b}"] * 5 + ["{a} over {b}"]
ADD_ORDERS = ["add {a} and {b}", "add {a} to {b}", "what do you get if you add {a} and {b}", "sum {a} and {b}",
              "if i have {a} apples and get {b} more how many do i have", "what do {a} and {b} make"]
SUB_ORDERS = ["subtract {b} from {a}", "take {b} from {a}", "take {b} away from {a}",
              "if i have {a} apples and eat {b} how many are left"]
MUL_ORDERS = ["multiply {a} by {b}", "multiply {a} and {b}"]
DIV_ORDERS = ["divide {a} by {b}"]
TOO_BIG = "That is too big for me. I can do sums up to twenty."
UNEVEN = "That does not come out even, and I only know whole numbers."


def cap(text: str) -> str:
    """First letter upper case."""
    return text[0].upper() + text[1:]


def fact(a: int, b: int, op: str) -> tuple[str, object]:
    """The answer to one sum and its result (None where golem declines)."""
    if max(a, b) > 20 and not (op == "divided by" and b <= 10):
        return TOO_BIG, None
    if op == "times" and max(a, b) > 10:
        return "That is too big for me. I know the times tables up to ten.", None
    if op == "divided by":
        if b == 0:
            return "Nobody can divide by zero, not even a golem.", None
        if a % b:
            return UNEVEN, None
        value = a // b
    else:
        value = {"plus": a + b, "minus": a - b, "times": a * b}[op]
    return f"{cap(number(a))} {op} {number(b)} is {number(value)}.", value


def phrase(a: int, b: int, op: str, rng: random.Random) -> str:
    """One way to ask for a sum."""
    core, orders = {"plus": (ADD, ADD_ORDERS), "minus": (SUB, SUB_ORDERS), "times": (MUL, MUL_ORDERS),
                    "divided by": (DIV, DIV_ORDERS)}[op]
    words = {"a": number(a), "b": number(b)}
    if rng.random() < 0.2:
        return rng.choice(orders).format(**words)
    lead, text = rng.choice(LEADS), rng.choice(core).format(**words)
    if " and " in text and not lead:
        lead = "how much is"
    tail = {"can you tell me": " is", "what does": " make"}.get(lead, "")
    lead += " what" if lead == "can you tell me" else ""
    return f"{lead} {text}{tail}".strip()


def operands(op: str, rng: random.Random) -> tuple[int, int]:
    """Numbers to calculate with: what golem knows, and sometimes what it does not."""
    if rng.random() < 0.06:
        return rng.randint(21, 100), rng.randint(1, 100)
    if op == "times":
        return rng.randint(0, 10), rng.randint(0, 10)
    if op == "divided by":
        b = rng.randint(1, 10)
        return (b * rng.randint(1, 10), b) if rng.random() < 0.75 else (rng.randint(1, 20), b)
    a, b = rng.randint(0, 20), rng.randint(0, 20)
    if op == "minus" and b > a and rng.random() < 0.7:  # results below zero and above twenty are asked less
        return b, a
    if op == "plus" and a + b > 20 and rng.random() < 0.7:
        return 20 - a, 20 - b
    return a, b


def sums(rng: random.Random) -> Turn:
    """Addition, subtraction, times tables, even division."""
    op = rng.choices(["plus", "minus", "times", "divided by"], [46, 38, 11, 5])[0]
    a, b = operands(op, rng)
    answer, value = fact(a, b, op)
    return phrase(a, b, op, rng), answer, "sum", (a, b, op, value)


def counting(rng: random.Random) -> Turn:
    """Up, down, between two numbers, and by twos."""
    kind, n = rng.choice(["up", "up", "up", "down", "down", "between", "twos"]), rng.randint(2, 20)
    if rng.random() < 0.06:
        n = rng.choice([*range(21, 51), 60, 70, 80, 90, 100])
        return (draw(f"(count|please count|count for me|can you count) [from one] to {number(n)}", rng),
                "That is too far for me. I can count up to twenty.", "count_far", None)
    if kind == "up":
        ask = (f"(count|please count|can you count|could you count|now count|count up|let's count) [from one] [up] to "
               f"{number(n)} [please|for me|golem|slowly]")
        items = range(1, n + 1)
    elif kind == "down":
        ask = (f"(count backwards from|count down from|count backward from|please count down from|can you count "
               f"backwards from|countdown from) {number(n)} [to one|please|for me]")
        items = range(n, 0, -1)
    elif kind == "between":
        a, b = rng.sample(range(0, 21), 2)
        ask, items = f"[please|can you] count from {number(a)} to {number(b)} [please]", range(a, b + (1 if b > a else -1), 1 if b > a else -1)
    else:
        n += n % 2
        ask, items = f"count (by|in) twos [from two] to {number(n)} [please]", range(2, n + 1, 2)
    return draw(ask, rng), cap(", ".join(map(number, items))) + ".", "count", None


def neighbours_of(rng: random.Random) -> Turn:
    """What comes after or before a number, day, month or letter."""
    kind = rng.choice(["number", "day", "month", "letter"])
    names = {"number": [number(n) for n in range(0, 22)], "day": DAYS, "month": MONTHS,
             "letter": list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}[kind]
    step, wheel = rng.choice([1, -1]), kind in ("day", "month")
    i = rng.randrange(len(names)) if wheel else rng.randrange(1, len(names) - 1)
    this, other = names[i], names[(i + step) % len(names)]
    word = "after" if step > 0 else "before"
    verb = "comes" if step > 0 or rng.random() < 0.8 else "is"
    ask = draw(f"(what|which) {kind} {verb} {word} {this.lower()}", rng)
    if rng.random() < 0.3:
        ask = f"what {verb} {word} {this.lower()}"
    return ask, f"{cap(other)} comes {word} {this}.", f"next_{kind}", None


def compare(rng: random.Random) -> Turn:
    """Which of two numbers is bigger; even or odd."""
    if rng.random() < 0.4:
        n = rng.randint(0, 20)
        ask = draw(f"is {number(n)} (even|odd|even or odd|odd or even|an even number|an odd number)", rng)
        return ask, f"{cap(number(n))} is {'odd' if n % 2 else 'even'}.", "parity", None
    a, b = rng.sample(range(0, 21), 2)
    big = rng.random() < 0.6
    word = rng.choice(["bigger", "larger", "greater", "more"] if big else ["smaller", "less"])
    ask = draw(f"(what|which) is {word} {number(a)} or {number(b)}", rng)
    pick, rest = (max(a, b), min(a, b)) if big else (min(a, b), max(a, b))
    return ask, f"{cap(number(pick))} is {'bigger' if big else 'smaller'} than {number(rest)}.", "compare", None


def spelling(rng: random.Random) -> Turn:
    """Letters of a small word."""
    word = rng.choice(SPELL)
    ask = draw(f"(spell|how do you spell|can you spell|please spell|how is|how to spell|spell the word) {word}", rng)
    ask = ask.replace(f"how is {word}", f"how is {word} spelled")
    return ask, ", ".join(word.upper()) + ".", "spell", None


def opposites(rng: random.Random) -> Turn:
    """Opposites of common words."""
    pair = list(rng.choice(OPPOSITES))
    rng.shuffle(pair)
    ask = draw(f"(what is|what's|tell me|name|do you know) the opposite of {pair[0]}", rng)
    return ask, f"The opposite of {pair[0]} is {pair[1]}.", "opposite", None


def capitals(rng: random.Random) -> Turn:
    """Capital cities, both ways."""
    land, city = rng.choice(list(CAPITALS.items()))
    if rng.random() < 0.2:
        ask = draw(f"(what|which) country is {city.lower()} the capital of", rng)
    else:
        ask = draw(f"(what is|what's|tell me|name|do you know) the capital [city] of {land.lower()}", rng)
    return ask, f"{city} is the capital of {land}.", "capital", None


def month_days(rng: random.Random) -> Turn:
    """How long a month is."""
    i = rng.randrange(12)
    ask = draw(f"how many days (are in|are there in|does|has) {MONTHS[i].lower()}", rng)
    ask += " have" if " does " in ask else ""
    more = ", and twenty nine in a leap year" if i == 1 else ""
    return ask, f"{MONTHS[i]} has {number(MONTH_DAYS[i])} days{more}.", "month_days", None


def russian(rng: random.Random) -> Turn:
    """Counting and sums in Russian."""
    if rng.random() < 0.35:
        n, down = rng.randint(2, 20), rng.random() < 0.3
        n_word = {2: "двух", 3: "трёх", 4: "четырёх"}.get(n, ru_number(n)[:-1] + "и")
        ask = draw(f"(посчитай|считай|сосчитай) (от {n_word} до одного|назад от {n_word})" if down else
                   f"(посчитай|считай|сосчитай|посчитай пожалуйста) [от одного] до {n_word}", rng)
        if rng.random() < 0.4:
            ask = ask.replace(n_word, str(n))
        items = range(n, 0, -1) if down else range(1, n + 1)
        return ask, cap(", ".join(map(ru_number, items))) + ".", "ru_count", None
    a, b = rng.randint(0, 20), rng.randint(0, 20)
    op = rng.choice(["плюс", "минус"])
    a, b = (max(a, b), min(a, b)) if op == "минус" else (a, b)
    x, y = (str(a), str(b)) if rng.random() < 0.3 else (ru_number(a), ru_number(b))
    value = a + b if op == "плюс" else a - b
    ask = draw(f"(сколько будет|сколько|посчитай|чему равно|) {x} {op} {y}", rng)
    return ask, f"{cap(ru_number(a))} {op} {ru_number(b)} будет {ru_number(value)}.", "ru_sum", None


SKILLS: dict[Callable[[random.Random], Turn], float] = {
    sums: 44, counting: 6, neighbours_of: 3, compare: 2.5, spelling: 3, opposites: 1.5, capitals: 1,
    month_days: 0.4, russian: 1.5,
}
