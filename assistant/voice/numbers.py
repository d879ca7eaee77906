"""Numbers, times, dates, money and units of a sentence, in words.

For the languages of ``vocabulary``; in others the digits are left to the voice engine.
"""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.voice.vocabulary import VOCABULARIES, Vocabulary

LONGEST_NUMBER = 15
"""Digits; longer ones, and those with a leading zero, are read digit by digit."""

_DATE = re.compile(r"\b(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\b(T(?=\d))?")
_TIME = re.compile(
    r"\b([01]?\d|2[0-3])[:h]([0-5]\d)(?::([0-5]\d))?(?!\d|:\d)(?:\s?Uhr\b)?\s?([ap])?(?(4)\.?m\b\.?)",
    re.IGNORECASE,
)
_HOUR = re.compile(r"\b(1[0-2]|[1-9])\s?([ap])\.?m\b\.?", re.IGNORECASE)
_YEAR = re.compile(r"\b(in|since|by|until|from|of|year) (1[1-9]\d\d|20[0-9]\d)\b(?![.,]\d)")
_NUMERO = re.compile(r"\bNo\. ?(?=\d)")
_ORDINAL = re.compile(r"\b(\d{1,9})(?:st|nd|rd|th)\b")
_MONEY_BEFORE = re.compile(r"([$€£¥])\s?(\d[\d.,]*\d|\d)")
_MONEY_AFTER = re.compile(r"(?<![\w.,])(\d[\d.,]*\d|\d)\s?([$€£¥])")
_PLAIN = re.compile(r"(?<![\w.,])([-−–]?)(\d[\d.,]*\d|\d)(?![\w])")
_RANGE = re.compile(r"(?<=\d)[–-](?=\d)")
_LESS = re.compile(r"(?<=\d) [-−–] (?=\d)")
_RANGE_WORDS = {"en": " to ", "es": " a ", "fr": " à ", "de": " bis "}
_BEFORE_NOUN = {"es": ("uno", "un"), "de": ("eins", "ein")}
"""A number that ends so loses its ending before what is counted."""
_DIGIT = re.compile(r"\d")


def in_words(sentence: str, language: str) -> str:
    """``sentence`` with its numbers, signs and abbreviations in words of ``language``."""
    short = language.split("-")[0].lower()
    vocabulary = VOCABULARIES.get(short)
    if vocabulary is None:
        return sentence
    for written, word in vocabulary.abbreviations.items():
        sentence = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", word, sentence)
    if _DIGIT.search(sentence):
        sentence = _digits(sentence, short, vocabulary)
    for sign, word in vocabulary.signs.items():
        sentence = sentence.replace(f" {sign} ", f" {word} ")
    return sentence


def _digits(sentence: str, language: str, vocabulary: Vocabulary) -> str:
    sentence = _DATE.sub(lambda match: _date(match, language, vocabulary), sentence)
    sentence = _TIME.sub(lambda match: _time(match, language), sentence)
    if language == "en":
        sentence = _NUMERO.sub("Number ", sentence)
        sentence = _HOUR.sub(lambda m: f"{spell(m[1], 'en')} {m[2].upper()}M", sentence)
        sentence = _YEAR.sub(lambda m: f"{m[1]} {spell(m[2], 'en', 'year')}", sentence)
        sentence = _ORDINAL.sub(lambda m: spell(m[1], "en", "ordinal"), sentence)
    sentence = _RANGE.sub(_RANGE_WORDS[language], sentence)
    sentence = _LESS.sub(f" {vocabulary.minus} ", sentence)
    money = (language, vocabulary)
    sentence = _MONEY_BEFORE.sub(lambda m: _money(m[0], m[2], m[1], *money), sentence)
    sentence = _MONEY_AFTER.sub(lambda m: _money(m[0], m[1], m[2], *money), sentence)
    sentence = _units(vocabulary).sub(lambda m: _measure(m, language, vocabulary), sentence)
    return _PLAIN.sub(lambda match: _plain(match, language, vocabulary), sentence)


@lru_cache(maxsize=1024)
def spell(digits: str, language: str, kind: str = "cardinal") -> str:
    """A number in words.

    Args:
        digits: with a full stop before the decimals, if there are any.
        kind: ``cardinal``, ``ordinal`` or ``year``.
    """
    from num2words import num2words

    whole, _, decimals = digits.partition(".")
    too_long = len(whole) > LONGEST_NUMBER or len(decimals) > LONGEST_NUMBER
    if too_long or (len(whole) > 1 and whole.startswith("0")):
        return " ".join(num2words(int(digit), lang=language) for digit in digits if digit != ".")
    value = int(whole) if kind != "cardinal" or not decimals else float(digits)
    words: str = num2words(value, lang=language, to=kind)
    return words.replace(",", "")


def _canonical(written: str, vocabulary: Vocabulary) -> str:
    """A number as it is written in a language, with a full stop and no grouping."""
    decimal = vocabulary.decimal
    group = "," if decimal == "." else "."
    if written.count(decimal) > 1:
        return ""
    whole, _, decimals = written.partition(decimal)
    parts = whole.split(group)
    if len(parts) == 1:
        return f"{whole}.{decimals}" if decimals else whole
    if all(len(part) == 3 for part in parts[1:]) and len(parts[0]) <= 3:
        return "".join(parts) + (f".{decimals}" if decimals else "")
    if len(parts) == 2 and not decimals:
        return ".".join(parts)  # 3.5 in a language that writes 3,5
    return ""


def _number(written: str, language: str, vocabulary: Vocabulary) -> str:
    canonical = _canonical(written, vocabulary)
    if canonical:
        return spell(canonical, language)
    return re.sub(r"\d+", lambda match: spell(match[0], language), written.replace(".", " . "))


def _date(match: re.Match[str], language: str, vocabulary: Vocabulary) -> str:
    day, month = int(match[3]), vocabulary.months[int(match[2]) - 1]
    words = spell(str(day), language, "ordinal" if language in ("en", "de") else "cardinal")
    year = spell(match[1], language, "year") + (" " if match[4] else "")
    if language == "de":
        return f"{words}n {month} {year}"
    return vocabulary.date.format(day=words, month=month, year=year)


def _time(match: re.Match[str], language: str) -> str:
    hour, minute = int(match[1]), int(match[2])
    hours, minutes = spell(str(hour), language), spell(str(minute), language)
    half = f" {match[4].upper()}M" if match[4] else ""
    after = " " if match[0].endswith(" ") else ""
    match language:
        case "fr":
            words = f"{'une heure' if hour == 1 else hours + ' heures'} {minutes if minute else ''}"
        case "de":
            words = f"{_before_noun(hours, 'de')} Uhr {minutes if minute else ''}"
        case "es":
            words = f"{'una' if hour == 1 else hours} {'y ' + minutes if minute else 'en punto'}"
        case _ if minute:
            words = f"{hours} {'oh ' if minute < 10 else ''}{minutes}"
        case _:
            whole = "o'clock" if 0 < hour <= 12 else "hundred"
            words = hours if half else f"{hours} {whole}"
    return words.rstrip() + half + after


def _money(whole: str, amount: str, sign: str, language: str, vocabulary: Vocabulary) -> str:
    names, number = vocabulary.money.get(sign), _canonical(amount, vocabulary)
    if names is None or not number:
        return whole
    units, _, cents = number.partition(".")
    if len(cents) > 2:
        return f"{spell(number, language)} {names.whole[1]}"
    part = int(cents.ljust(2, "0")) if cents else 0
    said = (
        f"{_before_noun(spell(units, language), language)} {names.whole[0 if units == '1' else 1]}"
    )
    if not part:
        return said
    hundredths = f"{spell(str(part), language)} {names.part[0 if part == 1 else 1]}"
    return hundredths if units == "0" else said + vocabulary.money_joint + hundredths


@lru_cache(maxsize=8)
def _unit_pattern(units: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(units, key=len, reverse=True)
    names = "|".join(re.escape(unit) for unit in longest_first)
    return re.compile(rf"(?<![\w.,])([-−]?)(\d[\d.,]*\d|\d)\s?({names})(?![\w/])")


def _units(vocabulary: Vocabulary) -> re.Pattern[str]:
    return _unit_pattern(tuple(vocabulary.units))


def _measure(match: re.Match[str], language: str, vocabulary: Vocabulary) -> str:
    minus = f"{vocabulary.minus} " if match[1] else ""
    one = _canonical(match[2], vocabulary) == "1"
    name = vocabulary.units[match[3]][0 if one else 1]
    number = _before_noun(_number(match[2], language, vocabulary), language)
    return f"{minus}{number} {name}"


def _before_noun(words: str, language: str) -> str:
    ending, short = _BEFORE_NOUN.get(language, ("", ""))
    return words.removesuffix(ending) + short if ending and words.endswith(ending) else words


def _plain(match: re.Match[str], language: str, vocabulary: Vocabulary) -> str:
    minus = f"{vocabulary.minus} " if match[1] else ""
    return minus + _number(match[2], language, vocabulary)
