"""Languages: their codes, and the names that people say."""

from __future__ import annotations

_TABLE = """
af afr Afrikaans | ar ara Arabic | ast ast Asturian | be bel Belarusian | bg bul Bulgarian
br bre Breton | ca cat Catalan | cs ces Czech | cy cym Welsh | da dan Danish | de deu German
el ell Greek | en eng English | eo epo Esperanto | es spa Spanish | et est Estonian
eu eus Basque | fa fas Persian | fi fin Finnish | fr fra French | ga gle Irish | gl glg Galician
he heb Hebrew | hi hin Hindi | hr hrv Croatian | hu hun Hungarian | id ind Indonesian
is isl Icelandic | it ita Italian | ja jpn Japanese | kk kaz Kazakh | ko kor Korean
la lat Latin | lt lit Lithuanian | lv lav Latvian | mk mkd Macedonian | ms msa Malay
mt mlt Maltese | nb nob Norwegian | nl nld Dutch | nn nno Nynorsk | oc oci Occitan
pl pol Polish | pt por Portuguese | ro ron Romanian | ru rus Russian | sk slk Slovak
sl slv Slovenian | sq sqi Albanian | sr srp Serbian | sv swe Swedish | sw swa Swahili
ta tam Tamil | th tha Thai | tr tur Turkish | tt tat Tatar | uk ukr Ukrainian | ur urd Urdu
vi vie Vietnamese | zh zho Chinese
"""
_ENTRIES = [entry.split() for entry in _TABLE.replace("\n", "|").split("|") if entry.strip()]
_NAMES = {short: name for short, _, name in _ENTRIES}
_LONG = {short: long for short, long, _ in _ENTRIES}
_CODES = {key.lower(): short for short, long, name in _ENTRIES for key in (short, long, name)}
_CODES |= {"castilian": "es", "mandarin": "zh", "cmn": "zh", "norwegian": "nb", "farsi": "fa"}


def code_of(language: str) -> str:
    """The two-letter code of a code, a tag as ``en-US`` or an English name; "" if unknown."""
    plain = language.strip().lower()
    return _CODES.get(plain) or _CODES.get(plain.replace("_", "-").split("-")[0], "")


def name_of(language: str) -> str:
    """What a person calls the language with this code, or what was said, short and tidy."""
    code = code_of(language)
    return _NAMES[code] if code else " ".join(language.split())[:40].title()


def long_code(code: str) -> str:
    """The three-letter code (ISO 639-3) of a two-letter one."""
    return _LONG.get(code, code)
