"""From a closed issue to the team's shares, with a bank that only takes and gives files."""

from __future__ import annotations

import pytest

from app.banking.by_hand import dismiss
from app.banking.transfers import write_orders
from app.db import Database
from app.errors import CloseoutError
from app.releases.who import Who
from tests.banking.agency import BANK_YML, Agency, agency
from tests.banking.papers import csv_of
from tests.banking.test_by_hand import match

PAYEES = ("NL91ABNA0417164300", "BE68539007547034")


def test_a_statement_pays_the_invoice_and_a_file_pays_the_team(studio: Agency) -> None:
    studio.release()
    assert studio.state == "invoiced"
    studio.pay(750_000)
    studio.driver.import_now()
    studio.work()
    assert (studio.state, studio.legs()) == ("disbursing", [(one, "sent") for one in PAYEES])
    assert studio.driver.journal("transfer") == []
    studio.driver.order_now()
    studio.driver.import_now()
    studio.work()
    assert (studio.state, studio.legs()) == ("disbursed", [(one, "paid") for one in PAYEES])
    sent = [(one["account"], one["amount_cents"]) for one in studio.driver.journal("transfer")]
    assert sent == [("NL91ABNA0417164300", 525_000), ("BE68539007547034", 225_000)]
    assert studio.driver.bank.books.balance_minor == 0
    assert "cash:bank" not in studio.balances()


def test_a_transfer_that_comes_back_is_owed_still_and_says_why(studio: Agency) -> None:
    studio.release()
    studio.pay(750_000)
    studio.driver.import_now()
    studio.work()
    first = studio.driver.order_now().transfers[0]["end_to_end_id"]
    studio.driver.tell_bank("return", end_to_end_id=first, reason="AC04")
    studio.driver.import_now()
    studio.work()
    assert studio.state == "partially_disbursed"
    assert sorted(status for _, status in studio.legs()) == ["failed", "paid"]
    assert "AC04" in studio.row["reason"]
    assert studio.driver.order_now().file is None


def test_parts_overpayment_and_what_the_bank_takes_back_reach_the_ledger(studio: Agency) -> None:
    studio.release()
    studio.pay(300_000)
    studio.driver.import_now()
    studio.work()
    assert (studio.state, studio.row["reason"]) == (
        "invoiced",
        "3,000.00 eur of 7,500.00 eur of invoice con_7732_alpha-2 has come in",
    )
    studio.pay(500_000)
    studio.driver.import_now()
    studio.work()
    assert studio.state == "disbursing"
    assert studio.balances()["client_credit:con_7732_alpha"] == -50_000


def test_a_part_is_paid_out_at_once_where_the_contract_says_so(db: Database) -> None:
    text = BANK_YML.read_text(encoding="utf-8").replace(
        "auto_clear: true", "auto_clear: true\n      partial: pro_rata"
    )
    with agency(db, text) as studio:
        studio.release()
        for amount_minor in (250_000, 500_000):
            studio.pay(amount_minor)
            studio.driver.import_now()
            studio.work()
            studio.driver.order_now()
        studio.driver.import_now()
        studio.work()
        assert studio.state == "disbursed"
        sent = [one["amount_cents"] for one in studio.driver.journal("transfer")]
        assert sorted(sent) == [75_000, 150_000, 175_000, 350_000]


def test_while_it_is_disputed_no_share_gets_into_a_file(studio: Agency) -> None:
    studio.release()
    studio.pay(750_000)
    studio.driver.import_now()
    studio.work()
    studio.hold("the client disputes it")
    done = studio.driver.order_now()
    assert done.file is None
    assert [why for _, why in done.held] == ["the client disputes it"] * 2
    assert studio.driver.journal("transfer") == []


def test_a_bank_that_takes_a_payment_back_stops_everything(studio: Agency) -> None:
    studio.release()
    studio.pay(750_000)
    studio.driver.import_now()
    studio.work()
    studio.driver.import_now(_taken_back(studio))
    studio.work()
    assert studio.state == "disputed"
    assert "7,500.00 eur" in studio.row["reason"]
    assert studio.driver.order_now().file is None


def test_a_share_stays_where_the_statement_of_a_moment_ago_took_its_payment_back(studio: Agency) -> None:
    studio.release()
    studio.pay(750_000)
    studio.driver.import_now()
    studio.work()
    studio.driver.import_now(_taken_back(studio))
    done = studio.driver.order_now()  # before the server has taken the import from the inbox
    assert done.file is None
    told = "a statement says that 7,500.00 eur of invoice con_7732_alpha-2 was taken back"
    assert [why for _, why in done.held] == [told] * 2
    studio.work()
    studio.resume()
    assert len(studio.driver.order_now().transfers) == 2


def test_a_share_waits_while_money_that_went_out_under_its_invoice_is_not_explained(studio: Agency) -> None:
    studio.release()
    studio.driver.import_now(csv_of(f"2026-05-28;7500.00;{studio.reference}"))
    studio.work()
    [entry] = studio.driver.import_now(csv_of(f"2026-05-29;-7500.00;back {studio.reference}")).new
    done = write_orders(studio.db, studio.driver.account, by="dana")
    assert done.file is None
    assert [why for _, why in done.held] == [
        "7,500.00 eur of 2026-05-29 went out and quotes invoice con_7732_alpha-2: match or dismiss"
        f" {entry['entry_id']}"
    ] * 2
    with studio.db.transaction() as connection:
        dismiss(connection, studio.driver.account, entry["entry_id"], Who("olga", "command line"))
    assert len(write_orders(studio.db, studio.driver.account, by="dana").transfers) == 2


def test_a_share_that_had_not_left_when_the_milestone_was_refunded_never_leaves(studio: Agency) -> None:
    studio.release()
    studio.pay(750_000)
    studio.driver.import_now()
    studio.work()
    studio.hold("the client disputes it")
    studio.refund()
    assert studio.state == "refunded"
    done = studio.driver.order_now()
    assert ([one["kind"] for one in done.transfers], done.held) == (["refund"], ())
    assert studio.driver.credit_notes() == [(750_000, "eur")]
    assert studio.legs() == [(one, "cancelled") for one in PAYEES]
    assert (studio.driver.bank.books.balance_minor, studio.balances()) == (0, {})


def test_a_share_that_had_left_when_the_milestone_was_refunded_is_the_payees(studio: Agency) -> None:
    studio.release()
    studio.pay(750_000)
    studio.driver.import_now()
    studio.work()
    studio.driver.order_now()
    studio.driver.bank.books.receive(750_000, "eur", iban="", is_booked=True, name="own", text="top up")
    studio.hold("the client disputes it")
    studio.refund()
    studio.driver.order_now()
    studio.driver.import_now()
    studio.work()
    assert (studio.state, studio.legs()) == ("refunded", [(one, "paid") for one in PAYEES])
    assert studio.balances()["cash:bank"] == -750_000


def test_a_prefunded_milestone_that_is_refunded_before_the_file_is_voided_and_nobody_is_paid(
    db: Database,
) -> None:
    text = BANK_YML.read_text(encoding="utf-8")
    with agency(db, text.replace("auto_clear: true", "auto_clear: true\n      disburse: on_close")) as studio:
        studio.release()
        assert studio.legs() == [(one, "sent") for one in PAYEES]
        studio.reopen()
        studio.refund()
        assert (studio.state, studio.legs()) == ("refunded", [(one, "cancelled") for one in PAYEES])
        assert studio.driver.order_now().file is None
        assert studio.balances() == {}


def _taken_back(studio: Agency) -> bytes:
    """The bank's statement, with the one payment that came in as one that went back."""
    document = studio.driver.statement().replace(
        b"<CdtDbtInd>CRDT</CdtDbtInd><Sts>", b"<CdtDbtInd>DBIT</CdtDbtInd><RvslInd>true</RvslInd><Sts>"
    )
    return document.replace(b"SBX000000001", b"SBX000000002")


def test_a_refund_goes_back_to_the_account_that_paid(db: Database) -> None:
    text = BANK_YML.read_text(encoding="utf-8").replace("auto_clear: true", "auto_clear: false")
    with agency(db, text) as studio:
        studio.release()
        studio.pay(500_000)
        studio.pay(300_000)
        studio.driver.import_now()
        studio.work()
        studio.hold("the client disputes it")
        studio.refund()
        assert studio.state == "refunded"
        assert studio.driver.credit_notes() == [(750_000, "eur")]
        studio.work()
        assert studio.state == "refunded"
        assert studio.balances() == {"cash:bank": 50_000, "client_credit:con_7732_alpha": -50_000}


def test_a_client_who_paid_again_what_its_bank_had_taken_back_gets_that_back(db: Database) -> None:
    text = BANK_YML.read_text(encoding="utf-8").replace("auto_clear: true", "auto_clear: false")
    with agency(db, text) as studio:
        studio.release()
        studio.pay(750_000)
        first = studio.driver.journal("money_in")[0]["payment_id"]
        studio.driver.tell_bank("take-back", payment_id=first)
        studio.driver.import_now()
        studio.work()
        assert studio.state == "disputed"
        studio.pay(750_000)
        studio.driver.import_now()
        studio.work()
        studio.refund()
        assert studio.state == "refunded"
        assert studio.driver.credit_notes() == [(750_000, "eur")]
        studio.work()
        balances = studio.balances()
        assert "cash:bank" not in balances
        accounts = ("receivable:con_7732_alpha", "client_credit:con_7732_alpha")
        assert sum(balances.get(one, 0) for one in accounts) == 0


def test_reopened_before_anything_came_in_it_is_voided_and_a_late_payment_waits_for_a_person(
    studio: Agency,
) -> None:
    studio.release()
    studio.reopen()
    assert studio.state == "voided"
    studio.pay(750_000)
    done = studio.driver.import_now()
    assert [(one["standing"], one["why"]) for one in done.new] == [
        ("unmatched", "invoice con_7732_alpha-2 is void")
    ]
    studio.work()
    assert studio.state == "voided"


def test_what_a_csv_shows_as_gone_is_taken_back_only_if_a_person_says_so(studio: Agency) -> None:
    studio.release()
    studio.driver.import_now(csv_of(f"2026-05-28;7500.00;{studio.reference}"))
    studio.work()
    [entry] = studio.driver.import_now(csv_of(f"2026-05-29;-7500.00;back {studio.reference}")).new
    assert entry["standing"] == "unmatched"
    with pytest.raises(CloseoutError, match="is not being refunded"):
        match(studio.driver, entry["entry_id"], "con_7732_alpha-2")
    match(studio.driver, entry["entry_id"], "con_7732_alpha-2", is_taken_back=True)
    studio.work()
    assert studio.state == "disputed"


def test_a_client_without_an_account_is_paid_back_by_hand_and_the_refund_ends(db: Database) -> None:
    text = BANK_YML.read_text(encoding="utf-8").replace("auto_clear: true", "auto_clear: false")
    with agency(db, text) as studio:
        studio.release()
        studio.pay(750_000, iban="")
        studio.driver.import_now()
        studio.work()
        studio.hold("the client disputes it")
        studio.refund()
        assert "pay it back by hand" in studio.row["reason"]
        [entry] = studio.driver.import_now(csv_of("2026-05-29;-7500.00;back to you")).new
        match(studio.driver, entry["entry_id"], studio.reference)
        studio.retry()
        assert studio.state == "refunded"
        assert studio.balances() == {}
        assert studio.driver.order_now().file is None
