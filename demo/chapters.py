"""What happens to a report until it has a certain status: the ways through the workflow, in likely words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from complaints import workflow as w
from complaints.deadlines import Step
from complaints.workflow import Act
from demo import scenario
from demo.story import REPORTER, SYSTEM, Narrator

_DONE = re.compile(
    r"selesai|rampung|tuntas|diganti|diperbaiki|diangkut|ditambal|menyala|dipasang|dibersihkan"
)
#: notes that make no sense before the work is done
_AT_THE_END = ("Foto", "Tanggapan")
#: shares that the scenario does not name
_ASKED_FIRST, _REPLIED, _LONG_ANSWER_DAYS = 0.05, 0.06, 3


def tell(story: Narrator, status: str) -> None:
    """Tell the story up to this status. Raises KeyError for one that no act leads to."""
    _WAYS[status](story)


def _received(_story: Narrator) -> None:
    """Nothing has happened yet."""


def _verified(story: Narrator) -> None:
    if story.chance(_ASKED_FIRST):
        _deferred(story)
        _answer_question(story)
    words = story.rng.choice(story.setting.common["verification_messages"])
    is_odd = "foto" in words.lower() and not story.deeds[0].shots
    story.tell(
        Act.VERIFY,
        story.desk(),
        story.office(story.days("verification_days")),
        classification=story.text.classification,
        text=None if is_odd or story.chance(0.4) else story.words(words),
    )


def _assigned(story: Narrator) -> None:
    _verified(story)
    share = 3.0 if story.text.classification == w.SUPERVISED else 1.0
    urgency = scenario.weighted(
        story.rng, {"normal": 1 - 0.15 * share, "urgent": 0.12 * share, "very_urgent": 0.03 * share}
    )
    story.tell(
        Act.ASSIGN,
        story.desk(),
        story.office(story.days("disposition_days")),
        department=story.department,
        urgency=urgency,
        instructions=_instructions(story),
        note=_disposition_note(story, urgency),
    )
    if story.chance(story.setting.numbers["internal_note"]):
        common = story.setting.common["internal_notes"]
        notes = story.text.internal_notes or [each for each in common if not each.startswith(_AT_THE_END)]
        by = story.unit("liaison_officer", "handler", "department_head")
        story.tell(Act.NOTE, by, story.office(0), text=story.words(story.rng.choice(notes)))


def _instructions(story: Narrator) -> list[str]:
    first = "act" if story.text.is_field_work or story.chance(0.5) else "study"
    if story.text.kind == "aspiration":
        first = "study"
    return [first, *(["coordinate"] if story.chance(0.2) else [])]


def _disposition_note(story: Narrator, urgency: str) -> str | None:
    """A note that does not contradict the report; in half of the cases none."""
    is_work = story.text.is_field_work and story.text.kind == "complaint"
    allowed = {
        "rahasia": story.report.is_confidential,
        "keselamatan": urgency != "normal",
        "telaah": not is_work,
        "foto": is_work,
        "anggaran": is_work,
        "lokasi": is_work,
    }
    notes = [
        note
        for note in story.setting.common["disposition_notes"]
        if all(fits or word not in note for word, fits in allowed.items())
    ]
    return story.words(story.rng.choice(notes)) if notes and story.chance(0.5) else None


def _in_progress(story: Narrator) -> None:
    _assigned(story)
    _start(story)
    if story.chance(story.setting.numbers["second_follow_up"]):
        _start(story)


def _start(story: Narrator) -> None:
    work = "field" if story.text.is_field_work else "desk"
    told = {deed.values.get("text") for deed in story.deeds}
    started = [story.words(text) for text in story.setting.common["follow_ups_started"][work]]
    by = story.unit("handler", "handler", "liaison_officer")
    text = story.rng.choice([each for each in started if each not in told])
    story.tell(Act.FOLLOW_UP, by, story.office(story.days("first_follow_up_days")), text=text)


def _responded(story: Narrator) -> None:
    _assigned(story)
    is_quick = story.text.kind != "complaint"
    if not is_quick and (not story.text.follow_ups or story.chance(0.55)):
        _start(story)
    _finish_work(story, _working_days(story, is_quick))


def _working_days(story: Narrator, is_quick: bool) -> int:
    """Working days until the answer: within the period, or beyond it for the share that is late."""
    left = story.clock.days_left(story.at)
    if story.chance(story.setting.pace["late_resolution"]):
        return left + story.rng.randint(1, 8)
    days = story.days("first_follow_up_days" if is_quick else "response_days")
    if story.text.classification == w.SUPERVISED:
        days += story.rng.randint(*story.setting.pace["supervised_extra_days"])
    return min(days, left)


def _finish_work(story: Narrator, days: int) -> None:
    """The work is done, shown to the reporter, and answered."""
    told = {deed.values.get("text") for deed in story.deeds}
    done = [words for words in map(story.words, story.text.follow_ups) if words not in told]
    if done:
        before = story.rng.randint(0, max(0, days - 1))
        by = story.unit("handler", "handler", "liaison_officer")
        text = done[-1]
        wants_shot = story.chance(story.setting.numbers["shares"]["follow_up_photos"])
        shots = story.shot_after() if wants_shot and _shows(story, text) else ()
        story.tell(Act.FOLLOW_UP, by, story.office(before), shots, text=text)
        days -= before
    answers = [words for words in map(story.words, story.text.responses) if words not in told]
    answer = story.rng.choice(answers) if answers else _second_answer(story, done)
    by = story.unit("liaison_officer", "liaison_officer", "department_head")
    story.tell(Act.RESPOND, by, story.office(days), text=answer)


def _shows(story: Narrator, text: str) -> bool:
    """Whether a photo of the repaired scene fits: the work was outside and is done."""
    return story.text.is_field_work and _DONE.search(text) is not None


def _second_answer(story: Narrator, done: list[str]) -> str:
    """The answer of a second round, where the report has only one answer of its own."""
    news = done[-1] if done else "Petugas kami memeriksa kembali dan akan memantau hasilnya selama dua pekan."
    return f"Yth. Pelapor, kami sudah membaca keterangan Anda. {news} Terima kasih sudah mengabari kami."


def _reporter_replied(story: Narrator) -> None:
    _responded(story)
    story.tell(Act.PROVIDE_INFO, REPORTER, story.later(0, 5), text=_reply(story))


def _reply(story: Narrator) -> str:
    replies = story.setting.common["reporter_replies"]
    has_shots = any(deed.shots for deed in story.deeds[1:])
    fitting = [each for each in replies if has_shots or "foto" not in each.lower()]
    return story.words(story.rng.choice(fitting))


def _reopened(story: Narrator) -> None:
    _responded(story)
    common = story.setting.common
    own = [each for each in story.text.unsatisfied if len(each) >= 30]
    reason = story.words(story.rng.choice(own or common["rating_reopen_reasons"]))
    story.tell(Act.REOPEN, REPORTER, story.later(1, 7), reason=reason)


def _completed(story: Narrator) -> None:
    if story.chance(story.setting.numbers["completed_reopened_before"]):
        _reopened(story)
        _start(story)
        _finish_work(story, min(story.days("response_days"), story.clock.days_left(story.at)))
    elif story.chance(_REPLIED):
        _reporter_replied(story)
        _finish_work(story, story.rng.randint(0, _LONG_ANSWER_DAYS))
    else:
        _responded(story)
    _ENDINGS[scenario.weighted(story.rng, story.setting.numbers["completed_by"])](story)


def _end_by_rating(story: Narrator) -> None:
    numbers = story.setting.numbers["rating"]
    score = int(scenario.weighted(story.rng, numbers["scores"]))
    if story.at > story.clock.complete_due:
        score = max(1, score - int(numbers["late_penalty"]))
    solved = scenario.weighted(story.rng, numbers["solved_by_score"][str(score)])
    comment = _comment(story, score) if story.chance(numbers["with_comment"]) else None
    at = story.later(0, 6)
    story.tell(Act.RATE, REPORTER, at, score=score, solved=solved, comment=comment)


def _comment(story: Narrator, score: int) -> str:
    common, text = story.setting.common, story.text
    if score == 3:
        return str(story.rng.choice(common["neutral"]))
    mood = "satisfied" if score > 3 else "unsatisfied"
    own = text.satisfied if score > 3 else text.unsatisfied
    general = common[f"aspiration_{mood}"] if text.kind == "aspiration" else common[mood]
    return story.words(story.rng.choice(own if own and story.chance(0.7) else general))


def _end_by_silence(story: Narrator) -> None:
    story.tell(Act.CLOSE, SYSTEM, _when_time_is_up(story))


def _when_time_is_up(story: Narrator) -> datetime:
    """A little after the deadline of a reporter who kept silent, when the product's own job comes by."""
    deadline = story.clock.due_at
    assert deadline is not None, "the case waits for its reporter until then"
    return deadline + timedelta(seconds=story.rng.randint(40, 600))


def _end_by_officer(story: Narrator) -> None:
    messages = story.setting.common["closing_messages"]
    text = story.rng.choice([messages[0], *messages[2:]])
    by = story.unit("liaison_officer", "department_head")
    limit = story.setting.rules.working_days_for(Step.AUTO_CLOSE)
    story.tell(Act.CLOSE, by, story.office(story.rng.randint(2, max(2, limit - 2))), text=text)


def _deferred(story: Narrator) -> None:
    asked = story.rng.choice(_questions(story))
    at = story.office(min(2, story.days("verification_days")))
    story.tell(Act.DEFER, story.desk(), at, text=story.words(asked.question))


def _questions(story: Narrator) -> tuple[scenario.Question, ...]:
    return story.text.deferrals or scenario.questions(story.setting.common["deferrals"])


def _answer_question(story: Narrator) -> None:
    asked = story.deeds[-1].values["text"]
    answer = next(each.answer for each in _questions(story) if story.words(each.question) == asked)
    story.tell(Act.PROVIDE_INFO, REPORTER, story.later(0, 4), text=story.words(answer))


def _declined(story: Narrator) -> None:
    if story.chance(0.35):
        _verified(story)
    reason = story.rng.choice(story.text.declines)
    at = story.office(story.days("verification_days"))
    story.tell(
        Act.DECLINE_JURISDICTION,
        story.desk(),
        at,
        institution=story.words(reason.name),
        reason=story.words(reason.text),
    )


def _archived(story: Narrator) -> None:
    """Ended without an answer; for missing information only after it was asked for in vain."""
    reason = story.rng.choice(story.text.archive_reasons)
    if reason.name == "incomplete":
        _deferred(story)
        story.tell(Act.ARCHIVE, SYSTEM, _when_time_is_up(story), reason=reason.name)
    else:
        at = story.office(story.days("verification_days"))
        story.tell(Act.ARCHIVE, story.desk(), at, reason=reason.name, text=story.words(reason.text))


_ENDINGS: dict[str, Callable[[Narrator], None]] = {
    "rating": _end_by_rating,
    "silence": _end_by_silence,
    "officer": _end_by_officer,
}
_WAYS: dict[str, Callable[[Narrator], None]] = {
    w.RECEIVED: _received,
    w.DEFERRED: _deferred,
    w.VERIFIED: _verified,
    w.ASSIGNED: _assigned,
    w.IN_PROGRESS: _in_progress,
    w.RESPONDED: _responded,
    w.REPORTER_REPLIED: _reporter_replied,
    w.REOPENED: _reopened,
    w.COMPLETED: _completed,
    w.DECLINED: _declined,
    w.ARCHIVED: _archived,
}
#: statuses in which a story can be left
STATUSES = tuple(_WAYS)
