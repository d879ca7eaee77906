"""Words for signs, units, currencies, months and abbreviations, by language."""

from __future__ import annotations

from typing import NamedTuple

Names = tuple[str, str]
"""One of them, and several."""


class Money(NamedTuple):
    """A currency's names: the whole and its hundredth."""

    whole: Names
    part: Names


class Vocabulary(NamedTuple):
    """What the numbers of a language need beside themselves."""

    decimal: str
    """The sign before the decimals; the other of comma and full stop groups thousands."""
    units: dict[str, Names]
    money: dict[str, Money]
    money_joint: str
    """Between whole and hundredths."""
    months: tuple[str, ...]
    date: str
    """Of ``day``, ``month`` and ``year``."""
    minus: str
    signs: dict[str, str]
    """Read in a word wherever they stand alone."""
    abbreviations: dict[str, str]


_SHARED = [
    "km",
    "kg",
    "g",
    "m",
    "cm",
    "mm",
    "l",
    "ml",
    "%",
    "°C",
    "°F",
    "°",
    "km/h",
    "min",
    "h",
    "s",
]
_SHARED += ["GB", "MB", "kHz", "Hz", "kW", "W", "V"]


def _units(words: str) -> dict[str, Names]:
    """Units in the order of ``_SHARED``: ``one|several``, or one word for both."""
    pairs = [word.strip().split("|") for word in words.split(",")]
    return {unit: (pair[0], pair[-1]) for unit, pair in zip(_SHARED, pairs, strict=True)}


ENGLISH = Vocabulary(
    decimal=".",
    units=_units(
        "kilometre|kilometres, kilogram|kilograms, gram|grams, metre|metres, "
        "centimetre|centimetres, millimetre|millimetres, litre|litres, millilitre|millilitres, "
        "percent, degree Celsius|degrees Celsius, degree Fahrenheit|degrees Fahrenheit, "
        "degree|degrees, kilometre per hour|kilometres per hour, minute|minutes, hour|hours, "
        "second|seconds, gigabyte|gigabytes, megabyte|megabytes, kilohertz, hertz, "
        "kilowatt|kilowatts, watt|watts, volt|volts"
    )
    | {
        "mph": ("mile per hour", "miles per hour"),
        "mi": ("mile", "miles"),
        "ft": ("foot", "feet"),
        "lb": ("pound", "pounds"),
        "lbs": ("pound", "pounds"),
        "oz": ("ounce", "ounces"),
        "ms": ("millisecond", "milliseconds"),
        "kWh": ("kilowatt hour", "kilowatt hours"),
    },
    money={
        "$": Money(("dollar", "dollars"), ("cent", "cents")),
        "€": Money(("euro", "euros"), ("cent", "cents")),
        "£": Money(("pound", "pounds"), ("penny", "pence")),
        "¥": Money(("yen", "yen"), ("sen", "sen")),
    },
    money_joint=" and ",
    months=(
        *("January", "February", "March", "April", "May", "June", "July", "August"),
        *("September", "October", "November", "December"),
    ),
    date="{month} {day}, {year}",
    minus="minus",
    signs={"&": "and", "+": "plus", "=": "equals", "@": "at", "×": "times", "÷": "divided by"},
    abbreviations={
        "Dr.": "Doctor",
        "Mr.": "Mister",
        "Mrs.": "Missis",
        "Prof.": "Professor",
        "St.": "Saint",
        "e.g.": "for example",
        "i.e.": "that is",
        "etc.": "et cetera",
        "vs.": "versus",
        "approx.": "approximately",
        "a.m.": "AM",
        "p.m.": "PM",
    },
)
SPANISH = Vocabulary(
    decimal=",",
    units=_units(
        "kilómetro|kilómetros, kilogramo|kilogramos, gramo|gramos, metro|metros, "
        "centímetro|centímetros, milímetro|milímetros, litro|litros, mililitro|mililitros, "
        "por ciento, grado Celsius|grados Celsius, grado Fahrenheit|grados Fahrenheit, "
        "grado|grados, kilómetro por hora|kilómetros por hora, minuto|minutos, hora|horas, "
        "segundo|segundos, gigabyte|gigabytes, megabyte|megabytes, kilohercios, hercios, "
        "kilovatio|kilovatios, vatio|vatios, voltio|voltios"
    ),
    money={
        "$": Money(("dólar", "dólares"), ("centavo", "centavos")),
        "€": Money(("euro", "euros"), ("céntimo", "céntimos")),
        "£": Money(("libra", "libras"), ("penique", "peniques")),
    },
    money_joint=" con ",
    months=(
        *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto"),
        *("septiembre", "octubre", "noviembre", "diciembre"),
    ),
    date="{day} de {month} de {year}",
    minus="menos",
    signs={"&": "y", "+": "más", "=": "igual a", "@": "arroba", "×": "por"},
    abbreviations={
        "Dr.": "Doctor",
        "Dra.": "Doctora",
        "Sr.": "Señor",
        "Sra.": "Señora",
        "p. ej.": "por ejemplo",
        "etc.": "etcétera",
        "Ud.": "usted",
    },
)
FRENCH = Vocabulary(
    decimal=",",
    units=_units(
        "kilomètre|kilomètres, kilogramme|kilogrammes, gramme|grammes, mètre|mètres, "
        "centimètre|centimètres, millimètre|millimètres, litre|litres, millilitre|millilitres, "
        "pour cent, degré Celsius|degrés Celsius, degré Fahrenheit|degrés Fahrenheit, "
        "degré|degrés, kilomètre heure|kilomètres heure, minute|minutes, heure|heures, "
        "seconde|secondes, gigaoctet|gigaoctets, mégaoctet|mégaoctets, kilohertz, hertz, "
        "kilowatt|kilowatts, watt|watts, volt|volts"
    ),
    money={
        "$": Money(("dollar", "dollars"), ("cent", "cents")),
        "€": Money(("euro", "euros"), ("centime", "centimes")),
        "£": Money(("livre", "livres"), ("penny", "pence")),
    },
    money_joint=" et ",
    months=(
        *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août"),
        *("septembre", "octobre", "novembre", "décembre"),
    ),
    date="{day} {month} {year}",
    minus="moins",
    signs={"&": "et", "+": "plus", "=": "égale", "@": "arobase", "×": "fois"},
    abbreviations={"M.": "Monsieur", "Mme": "Madame", "Mlle": "Mademoiselle", "etc.": "et cætera"},
)
GERMAN = Vocabulary(
    decimal=",",
    units=_units(
        "Kilometer, Kilogramm, Gramm, Meter, Zentimeter, Millimeter, Liter, Milliliter, Prozent, "
        "Grad Celsius, Grad Fahrenheit, Grad, Kilometer pro Stunde, Minute|Minuten, "
        "Stunde|Stunden, Sekunde|Sekunden, Gigabyte, Megabyte, Kilohertz, Hertz, Kilowatt, Watt, "
        "Volt"
    ),
    money={
        "$": Money(("Dollar", "Dollar"), ("Cent", "Cent")),
        "€": Money(("Euro", "Euro"), ("Cent", "Cent")),
        "£": Money(("Pfund", "Pfund"), ("Penny", "Pence")),
    },
    money_joint=" und ",
    months=(
        *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August"),
        *("September", "Oktober", "November", "Dezember"),
    ),
    date="{day}. {month} {year}",
    minus="minus",
    signs={"&": "und", "+": "plus", "=": "gleich", "@": "at", "×": "mal"},
    abbreviations={
        "Dr.": "Doktor",
        "Hr.": "Herr",
        "Fr.": "Frau",
        "z. B.": "zum Beispiel",
        "z.B.": "zum Beispiel",
        "usw.": "und so weiter",
        "bzw.": "beziehungsweise",
        "ca.": "circa",
    },
)
VOCABULARIES = {"en": ENGLISH, "es": SPANISH, "fr": FRENCH, "de": GERMAN}
AND_SO_ON = {"en": "And so on.", "es": "Etcétera.", "fr": "Et cætera.", "de": "Und so weiter."}
"""Said where a text was cut because it was too long."""
