"""A statement as CSV, newest first, with the decimal comma and the lines above the header that banks like."""

from __future__ import annotations

import csv
import io

from app.sandbox.bank.papers import Period


def write_csv(period: Period, *, with_references: bool) -> bytes:
    """UTF-8 with a byte order mark; days as 28.05.2026, amounts as -1.234,50."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(["Konto", period.iban])
    writer.writerow(["Zeitraum", f"{period.first:%d.%m.%Y} - {period.last:%d.%m.%Y}"])
    writer.writerow([])
    header = ["Buchungstag", "Betrag", "Währung", "Name", "IBAN", "Verwendungszweck", "Kundenreferenz"]
    header += ["Ende-zu-Ende-Referenz", "Status"]
    writer.writerow([*header, "Bankreferenz"] if with_references else header)
    for one in reversed(period.bookings):
        whole, cents = divmod(one.amount_minor, 100)
        amount = f"{'' if one.is_credit else '-'}{whole:,}".replace(",", ".") + f",{cents:02d}"
        row = [f"{one.day:%d.%m.%Y}", amount, period.currency.upper(), one.name, one.iban, one.text]
        row += [one.reference, one.end_to_end_id, "gebucht" if one.is_booked else "vorgemerkt"]
        writer.writerow([*row, one.bank_reference] if with_references else row)
    return out.getvalue().encode("utf-8-sig")
