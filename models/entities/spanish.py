"""Spanish: the words of numbers, dates, times and amounts, and the rules they follow."""

from __future__ import annotations

from typing import Final

from models.entities.lexicon import Lexicon, mapped, plain, table

_DATES: Final = (
    ("[el] [WEEKDAY] [,] [el] [día] DAY=day de MONTH=month [de|del] [año] [YEAR=year]", "day_of_month"),
    ("[el] [WEEKDAY] [,] DAY=day MONTH=month [YEAR=year]", "day_of_month"),
    ("NUMERIC=date", "numeric"),
    ("hoy", "today"),
    ("esta mañana|tarde|noche", "today"),
    ("mañana [por] [la] [mañana|tarde|noche]", "tomorrow"),
    ("ayer", "yesterday"),
    ("pasado mañana", "in_two_days"),
    ("anteayer", "two_days_ago"),
    ("antes de ayer", "two_days_ago"),
    ("[el] [este] WEEKDAY=weekday", "weekday"),
    ("[el] próximo WEEKDAY=weekday", "next_weekday"),
    ("[el] WEEKDAY=weekday que viene", "weekday"),
    ("[el] WEEKDAY=weekday próximo", "next_weekday"),
    ("[el] WEEKDAY=weekday de la próxima semana", "next_weekday"),
    ("[el] WEEKDAY=weekday de la semana que viene", "next_weekday"),
    ("[el] WEEKDAY=weekday pasado", "last_weekday"),
    ("en|dentro [de] COUNT=count DAYS=unit", "from_now"),
    ("hace COUNT=count DAYS=unit", "ago"),
    ("[el] [día] DAY=day de este mes", "day_this_month"),
    ("[el] [día] DAY=day del próximo mes", "day_next_month"),
    ("[el] [día] DAY=day del mes que viene", "day_next_month"),
    ("[a] [el] fin|final|finales de mes", "end_of_month"),
    ("[a] finales de MONTH=month", "end_of_named_month"),
    ("[el] fin de semana", "weekend"),
    ("[el] [este] fin de semana", "weekend"),
    ("~el día DAY=day CLOSED", "day_alone_after_word"),
    ("HOLIDAY=holiday", "holiday"),
)
_TIMES: Final = (
    ("~las|la HOUR=hour [y|:] [MINUTE=minute] [de|por] [la] PART=part", "clock"),
    ("~las|la HOUR=hour y MINUTE=minute", "clock"),
    ("~las|la HOUR=hour MINUTE=minute", "clock"),
    ("~las|la HOUR=hour y INT=minute [de|por] [la] [PART=part]", "minutes_past"),
    ("~las|la HOUR=hour y media [de|por] [la] [PART=part]", "half_past"),
    ("~las|la HOUR=hour y cuarto [de|por] [la] [PART=part]", "quarter_past"),
    ("~las|la HOUR=hour menos cuarto [de|por] [la] [PART=part]", "quarter_to"),
    ("~las|la HOUR=hour menos INT=minute [de|por] [la] [PART=part]", "minutes_to"),
    ("~las|la HOUR=hour [en] [punto] CLOSED", "clock_after_word"),
    ("HOUR_WRITTEN=hour : MINUTE_WRITTEN=minute [h|horas] [HALF_DAY=half]", "clock"),
    ("HOUR=hour [y|:] [MINUTE=minute] HALF_DAY=half", "clock"),
    ("HOUR=hour de la PART=part", "clock"),
    ("HOUR=hour horas", "clock"),
    ("[el] mediodía", "noon"),
    ("[la] medianoche", "midnight"),
)
_MOMENTS: Final = (
    ("en|dentro [de] COUNT=count HOURS=unit", "hours_from_now"),
    ("hace COUNT=count HOURS=unit", "hours_ago"),
    ("en|dentro [de] media hora", "half_hour_from_now"),
    ("ahora [mismo]", "now"),
)
_DURATIONS: Final = (
    ("COUNT=count UNIT=unit", "amount_of"),
    ("COUNT=count UNIT=unit y COUNT=more UNIT=other", "amount_of_both"),
    ("COUNT=count UNIT=unit y media|medio", "and_a_half"),
    ("media hora", "half_hour"),
    ("medio año", "half_year"),
    ("[un] cuarto de hora", "quarter_hour"),
    ("tres cuartos de hora", "three_quarter_hours"),
    ("quincena", "fortnight"),
)
_MONEY: Final = (
    ("SIGN=currency NUM=amount", "money"),
    ("NUM=amount SIGN=currency", "money"),
    ("NUM=amount [de] CURRENCY=currency [y|con] NUM=cents [CENTS]", "money_and_cents"),
    ("NUM=amount [de] CURRENCY=currency", "money"),
    ("COUNT=amount [de] CURRENCY=currency", "money"),
    ("NUM=cents CENTS=currency", "cents"),
    ("NUM=amount SLANG=times [CURRENCY=currency]", "money"),
)

SPANISH: Final = Lexicon(
    language="es",
    ones=table("cero,uno un una,dos,tres,cuatro,cinco,seis,siete,ocho,nueve"),
    teens=table(
        "diez,once,doce,trece,catorce,quince,dieciséis,diecisiete,dieciocho,diecinueve,veinte,veintiuno veintiún "
        "veintiuna,veintidós,veintitrés,veinticuatro,veinticinco,veintiséis,veintisiete,veintiocho,veintinueve",
        first=10,
    ),
    tens=table("treinta,cuarenta,cincuenta,sesenta,setenta,ochenta,noventa", first=30, step=10),
    hundreds=table(
        "cien ciento,doscientos doscientas,trescientos trescientas,cuatrocientos cuatrocientas,quinientos quinientas,"
        "seiscientos seiscientas,setecientos setecientas,ochocientos ochocientas,novecientos novecientas",
        first=100,
        step=100,
    ),
    hundred=frozenset(),
    scales={"mil": 1000, "millon": 1_000_000, "millones": 1_000_000},
    joins_tens=plain("y"),
    ordinals={"primero": 1, "primer": 1},
    ordinal_endings=plain("º ª"),
    article=plain("un una"),
    half=plain("medio media"),
    couple={"par": 2, "docena": 12},
    point=plain("coma punto"),
    minus=plain("menos"),
    times={"doble": 2},
    digit_zero=frozenset(),
    months=table(
        "enero,febrero,marzo,abril,mayo,junio,julio,agosto,septiembre setiembre,octubre,noviembre,diciembre", first=1
    ),
    weekdays=table("lunes,martes,miércoles,jueves,viernes,sábado,domingo"),
    units=mapped(
        second="segundo segundos", minute="minuto minutos", hour="hora horas", day="día días", week="semana semanas",
        month="mes meses", year="año años", fortnight="quincena",
    ),
    parts=mapped(morning="mañana madrugada", afternoon="tarde", evening="atardecer", night="noche"),
    currencies=mapped(
        EUR="euro euros eur", USD="dólar dólares usd", GBP="libra libras", MXN="peso pesos mxn", CHF="franco francos",
    ),
    cents=mapped(**{"": "céntimo céntimos centavo centavos"}),
    slang={"k": 1000},
    comma=",",
    nations=mapped(CHF="suizos"),
    closing=plain(
        "a por favor y o si de del en hasta para porque no pero el hoy mañana es era está cerca sobre gracias que "
        "lunes martes miércoles jueves viernes sábado domingo próximo"
    ),
    late=plain("noche tarde"),
    holidays={
        "navidad": (12, 25), "nochebuena": (12, 24), "nochevieja": (12, 31), "ano nuevo": (1, 1), "reyes": (1, 6),
    },
    rules={
        "date": _DATES,
        "date?": (("[el] DAY=day", "day_alone"), ("INT=day INT=month YEAR=year", "spoken_numeric")),
        "time": _TIMES,
        "time?": (("HOUR=hour", "clock"), ("HOUR=hour y media", "half_past"), ("HOUR=hour [y] MINUTE=minute", "clock")),
        "moment": _MOMENTS,
        "duration": _DURATIONS,
        "money": _MONEY,
    },
)  # fmt: skip
