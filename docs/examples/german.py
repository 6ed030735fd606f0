"""The errors of trackercore in German, by their codes: a model for other languages.

Facts that are text in English are not used: `reason`, and of a `RefusalReason` `condition` and
`takes`.
"""

from __future__ import annotations

from pydantic import ValidationError

from trackercore import CannotAdopt, InvalidExtra, RefusalReason, TrackerError

ENTITIES = {
    "user": "Person",
    "category": "Kategorie",
    "task": "Aufgabe",
    "habit": "Gewohnheit",
    "topic": "Thema",
    "study session": "Lernzeit",
}

ERRORS = {
    "not_found": "{entity} {id} gibt es nicht.",
    # What is there already
    "name_taken": "{entity} '{name}' gibt es schon.",
    "email_taken": "Die Adresse {email} ist vergeben.",
    "external_id_taken": "{entity} '{external_id}' ist schon importiert.",
    "sessions_overlap": (
        "Da wird schon gelernt: {other_started_at:%d.%m.%Y %H:%M} bis {other_ended_at:%H:%M} UTC."
    ),
    "timer_overlaps": "Da läuft schon die Stoppuhr, seit {started_at:%d.%m.%Y %H:%M} Uhr UTC.",
    # What does not fit
    "future_day": "Der {day:%d.%m.%Y} ist noch nicht angebrochen.",
    "future_instant": "{instant:%d.%m.%Y %H:%M} Uhr UTC liegt in der Zukunft.",
    "naive_datetime": "Dem Zeitpunkt {value:%d.%m.%Y %H:%M} fehlt die Zeitzone.",
    "instant_out_of_range": "Möglich sind die Jahre 2 bis 9998.",
    "day_out_of_range": "An diesem Tag ist keine Lernzeit möglich.",
    "invalid_extra": "Die eigenen Angaben sind falsch.",
    "invalid_cursor": "Diese Seite gehört zu einer anderen Liste.",
    "not_exactly_one": "Bitte genau eins von beidem angeben.",
    "parent_is_itself": "Eine Aufgabe kann nicht ihre eigene Teilaufgabe sein.",
    "pause_ends_before_start": "Die Pause endet am {ends_on:%d.%m.%Y}, bevor sie beginnt.",
    "repeating_task_not_due": "Was sich wiederholt, braucht einen Termin.",
    "minutes_of_timed_session": "Die Minuten ergeben sich aus Beginn und Ende.",
    "starts_after_due": "Der Beginn am {starts_on:%d.%m.%Y} liegt nach dem {due_day:%d.%m.%Y}.",
    "study_date_with_times": "Bitte einen neuen Tag angeben oder neue Zeiten, nicht beides.",
    "both_times_needed": "Bitte Beginn und Ende angeben.",
    "session_too_short": "Das Ende liegt nicht nach dem Beginn.",
    "session_too_long": "Mehr als 31 Tage am Stück sind zu lang.",
    "part_too_long": "Der {day:%d.%m.%Y} hat keine {seconds} Sekunden.",
    "no_such_time": "Am {day:%d.%m.%Y} gibt es die Uhrzeit {wall_time:%H:%M} nicht.",
    "before_timer_start": "Die Stoppuhr läuft erst seit {started_at:%d.%m.%Y %H:%M} Uhr UTC.",
    "timer_forgotten": "Die Stoppuhr läuft seit mehr als 31 Tagen. Wann war wirklich Schluss?",
    # What the state does not allow
    "day_already_done": "Der {day:%d.%m.%Y} ist erledigt. Bitte zuerst den Eintrag löschen.",
    "habit_archived": "Die Gewohnheit ist seit dem {archived_on:%d.%m.%Y} archiviert.",
    "occurrence_not_last": "Nur der letzte erledigte Termin lässt sich wieder öffnen.",
    "occurrence_not_open": "Der Termin am {occurrence_date:%d.%m.%Y} ist nicht an der Reihe.",
    "task_does_not_repeat": "Die Aufgabe wiederholt sich nicht.",
    "timer_already_running": "Die Stoppuhr läuft schon.",
    "no_running_timer": "Es läuft keine Stoppuhr.",
    "timer_too_short": "Die Stoppuhr läuft noch keine Sekunde.",
    "parent_is_subtask": "Eine Teilaufgabe hat keine eigenen Teilaufgaben.",
    "task_has_subtasks": "Die Aufgabe hat selbst Teilaufgaben.",
    "subtask_cannot_repeat": "Eine Teilaufgabe wiederholt sich mit ihrer Aufgabe, nicht allein.",
    "unknown_time_zone": "Der Server kennt die Zeitzone {time_zone} nicht.",
    # What is wrong with the database
    "backend_not_supported": "{backend} wird nicht unterstützt, nur SQLite und PostgreSQL.",
    "driver_not_supported": "Der Treiber {driver} wird nicht unterstützt.",
    "no_schemas": "SQLite hat keine Schemas.",
    "no_row_level_security": "Row-Level-Security gibt es nur auf einem einzelnen PostgreSQL.",
    "wrong_kind_of_engine": "Die Engine passt nicht: mit asyncio statt ohne, oder umgekehrt.",
    "not_a_replica": "read_url gehört zu {read_backend}, url zu {backend}.",
    "no_replica_in_memory": "Eine Datenbank im Arbeitsspeicher hat keine Kopie.",
    "database_not_found": "Die Datei {file} gibt es nicht.",
    "engine_not_prepared": "Die Engine ist nicht mit prepare_engine vorbereitet.",
    "session_in_use": "Die Session wird gerade anderswo benutzt.",
    "session_has_owner": "Die Session gehört dem Konto {owner}: ein neues braucht eine andere.",
    "invalid_table_prefix": "Der Vorsatz '{prefix}' taugt nicht für Tabellennamen.",
    "models_already_loaded": "Für den Vorsatz '{requested_prefix}' ist es zu spät.",
    "schema_out_of_date": "Die Tabellen sind veraltet ({revision}), nötig ist {needed}.",
    "schema_too_new": "Die Tabellen sind neuer ({revision}) als diese Version ({known}).",
    "tables_missing": "Nur ein Teil der Tabellen ist da.",
    "unmanaged_schema": "Es gibt schon fremde Tabellen mit diesen Namen.",
    "not_secured": "Die Tabellen sind für die Rolle {role} nicht geschützt.",
    "role_not_restricted": "Die Rolle {role} lässt sich nicht einschränken.",
    "login_restricted": "Über die Rolle {role} meldet sich schon jemand an.",
    "alembic_is_running": "Ein Alembic kann nicht in einem anderen laufen.",
    "revision_refused": "Eine Migration passt nicht zu den Daten.",
    "dangling_rows": "{rows} Zeilen von {table} verweisen auf fehlende Zeilen von {parent}.",
    "cannot_adopt": "Die Tabellen lassen sich nicht übernehmen.",
    "rows_unaccounted_for": "Von {rows} Zeilen von {table} sind einige verschwunden.",
    "citus_not_found": "Der Datenbank fehlt Citus.",
    "distributed_otherwise": "Tabellen sind schon anders verteilt.",
    "tables_refer_to_ours": "Eigene Tabellen verweisen auf die, die verteilt werden sollen.",
    "keys_without_owner": "Eindeutige Schlüssel enthalten den Benutzer nicht.",
    "emails_not_unique": "Mehrere Benutzer haben dieselbe E-Mail-Adresse.",
}
"""By the `code`; filled from the facts."""

REASONS = {
    "no_tables": "Es gibt keine Tabellen von FocusFlow oder StudyTracker.",
    "table_needed": "Es gibt die Tabelle {table}, aber nicht {other_table}.",
    "table_name": "Die Tabelle {table} muss {rename_to} heißen.",
    "table_in_the_way": "Die Tabelle {table} ist im Weg.",
    "primary_key": "Der Primärschlüssel von {table} ist nicht die Spalte id.",
    "column_needed": "In {table} fehlt die Spalte {column}.",
    "column_name": "{table}.{column} muss {rename_to} heißen.",
    "column_type": "{table}.{column} hat den falschen Typ: {type}.",
    "column_unknown": "Für {table}.{column} gibt es keinen Platz.",
    "foreign_key": "Die Tabelle {other_table} hat einen Fremdschlüssel auf {table}.",
    "view": "Die Sicht {name} liest aus {table}.",
    "rule": "Die Regel {name} von {other_table} hängt von {table} ab.",
    "function": "Die Funktion {name} hängt von {table} ab.",
    "trigger": "Der Trigger {name} hängt von {table} ab.",
    "row_security": "Die Tabelle {table} hat Sicherheitsregeln für ihre Zeilen.",
    "publication": "Die Tabelle {table} ist in der Publikation {name}.",
    "inheritance": "Die Tabellen {table} und {other_table} sind durch Vererbung verbunden.",
    "partitions": "Die Tabelle {table} ist partitioniert.",
    "dependent": "Etwas anderes hängt von {table} ab: {detail}",
    "owner_needed": "Wem gehören die Lernzeiten? Bitte die E-Mail-Adresse angeben.",
    "owner_of_nothing": "Es gibt keine Lernzeiten, die jemandem gehören könnten.",
    "distributed": "Die Tabelle {table} ist mit Citus verteilt.",
    "table_prefix": "Mit dem Vorsatz '{name}' lässt sich nichts übernehmen.",
}
"""By the `code` of each `RefusalReason` of `CannotAdopt`; filled from its attributes."""

VALUES = {
    "addend_zero": "0 lässt sich nicht hinzufügen.",
    "amount_decimals": "Höchstens drei Stellen nach dem Komma.",
    "amount_type": "Bitte eine Zahl angeben.",
    "completed_at_of_open": "Eine offene Aufgabe hat keinen Zeitpunkt der Erledigung.",
    "day_format": "Bitte einen Tag angeben, wie 2026-03-10.",
    "day_is_datetime": "Bitte einen Tag ohne Uhrzeit angeben.",
    "day_minimum_not_allowed": "Ein Mindestwert gilt nur, wenn Tage gezählt werden.",
    "day_minimum_zero": "Der Mindestwert muss größer als 0 sein.",
    "due_needed": "Was sich wiederholt, braucht einen Tag oder einen Zeitpunkt.",
    "email": "Das ist keine E-Mail-Adresse.",
    "extra_depth": "Die eigenen Angaben sind zu tief verschachtelt.",
    "extra_filter": "Hier lassen sich nur Text, ganze Zahlen und Ja oder Nein vergleichen.",
    "extra_filter_entries": "Höchstens {max_entries} Angaben auf einmal.",
    "extra_key": "Die Namen der eigenen Angaben müssen Text sein.",
    "extra_number": "Die Zahl ist nicht endlich oder zu groß.",
    "extra_size": "Die eigenen Angaben sind zu groß.",
    "extra_text": "Der Text enthält ein NUL-Zeichen oder ein halbes Zeichen.",
    "extra_type": "Die eigenen Angaben müssen ein JSON-Objekt sein.",
    "extra_value": "Diesen Wert gibt es in JSON nicht.",
    "goal_minutes_needed": "Bitte Minuten angeben; 0 heißt: kein Ziel.",
    "instant_format": "Bitte Datum und Uhrzeit mit Zeitzone angeben.",
    "instant_out_of_range": "Möglich sind die Jahre 2 bis 9998.",
    "name_blank": "Der Name ist leer.",
    "name_control": "Der Name darf keine Zeilenumbrüche und Steuerzeichen enthalten.",
    "no_standing": "Die Gewohnheit wurde ohne ihre Serie gelesen.",
    "no_weekdays": "Bitte mindestens einen Wochentag wählen.",
    "number_order": "{start} ist größer als {end}.",
    "range_length": "{days} Tage sind zu viele, höchstens {max_days}.",
    "range_order": "Der {start:%d.%m.%Y} liegt nach dem {end:%d.%m.%Y}.",
    "recurrence_format": "'{part}' ist kein Teil einer Regel wie FREQ=DAILY;COUNT=3.",
    "recurrence_from_completion": "{part} passt nicht zur Wiederholung ab der Erledigung.",
    "recurrence_needed": "Bitte angeben, wie es sich wiederholt.",
    "recurrence_part_missing": "In der Regel fehlt {part}.",
    "recurrence_part_twice": "In der Regel steht {part} zweimal.",
    "recurrence_part_unknown": "Regeln mit {part} werden nicht unterstützt.",
    "recurrence_parts_exclude": "{part} passt nicht zu {other}.",
    "recurrence_until_before_due": "Die Regel endet mit {part}={value} vor der Fälligkeit.",
    "recurrence_value": "Bei {part} geht '{value}' nicht.",
    "recurrence_weekday_numbered": "Mit {other} hat {part} keine Zahlen: '{value}' geht nicht.",
    "recurrence_without_dates": "Auf keinen Tag passen {part} und die anderen Teile der Regel.",
    "session_too_long": "Mehr als 31 Tage am Stück sind zu lang.",
    "session_too_short": "Das Ende liegt nicht nach dem Beginn.",
    "skipped_amount": "Ein ausgelassener Tag hat keine Menge.",
    "subtask_cannot_repeat": "Eine Teilaufgabe kann sich nicht wiederholen.",
    "tag_type": "Bitte die Nummer oder den Namen eines Schlagworts angeben.",
    "tags_type": "Bitte eine Liste von Schlagworten angeben.",
    "target_days": "Das Ziel muss eine ganze Zahl von Tagen sein.",
    "target_zero": "Ein Ziel von 0 gibt es nur für das, was man lassen will.",
    "text_nul": "Der Text enthält ein NUL-Zeichen.",
    "text_surrogate": "Der Text enthält ein halbes Zeichen.",
    "time_zone_name": "Bitte eine Zeitzone wie Europe/Berlin angeben.",
    "two_dues": "Bitte einen Tag oder einen Zeitpunkt angeben, nicht beides.",
    "weekdays_needed": "Bitte Wochentage wählen.",
    "weekdays_not_allowed": "Wochentage passen nicht zu dieser Häufigkeit.",
    # Pydantic's own
    "bool_type": "Bitte Ja oder Nein angeben.",
    "date_from_datetime_parsing": "Diesen Tag gibt es nicht.",
    "datetime_from_date_parsing": "Diesen Zeitpunkt gibt es nicht.",
    "extra_forbidden": "Dieses Feld gibt es nicht.",
    "finite_number": "Bitte eine endliche Zahl angeben.",
    "frozen_set_type": "Bitte eine Menge angeben.",
    "greater_than_equal": "Mindestens {ge}.",
    "int_type": "Bitte eine ganze Zahl angeben.",
    "less_than_equal": "Höchstens {le}.",
    "literal_error": "Das steht nicht zur Wahl.",
    "missing": "Das fehlt.",
    "string_too_long": "Höchstens {max_length} Zeichen.",
    "string_too_short": "Bitte ausfüllen.",
    "string_type": "Bitte Text angeben.",
    "string_unicode": "Der Text enthält ein halbes Zeichen.",
    "timezone_aware": "Bitte die Zeitzone angeben.",
}
"""By the `type` of a wrong value; filled from its `ctx`."""


def translate(error: TrackerError) -> str:
    """The text of an error. That of `CannotAdopt` has a line for each reason."""
    if isinstance(error, CannotAdopt):
        return "\n".join([ERRORS[error.code], *map(translate_reason, error.reasons)])
    if isinstance(error, InvalidExtra):
        return f"{ERRORS[error.code]} {VALUES[error.fault]}"
    facts = error.facts
    if "entity" in facts:
        facts["entity"] = ENTITIES[str(facts["entity"])]
    return ERRORS[error.code].format(**facts)


def translate_reason(reason: RefusalReason) -> str:
    """The text of a reason why tables cannot be adopted."""
    return REASONS[reason.code].format(**vars(reason))


def translate_values(error: ValidationError) -> dict[str, str]:
    """What is wrong with each value, by its place."""
    return {
        ".".join(map(str, one["loc"])): VALUES.get(one["type"], "Das passt nicht.").format(
            **one.get("ctx", {})
        )
        for one in error.errors()
    }
