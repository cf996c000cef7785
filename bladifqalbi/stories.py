"""What the commands on stories do."""

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from bladifqalbi.service import Service, stoppable
from bladifqalbi.tables import console
from collectors.run import utc_now
from store.audit import COMMAND_LINE
from store.engine import reading, writing
from store.hashtags import Campaign
from store.stories import formulas, hand, upkeep
from store.stories.formulas import Formulas
from store.stories.likeness import Lack
from store.stories.ties import Evidence, Why
from store.stories.upkeep import Apart, Tie

_TIES = {
    Evidence.IDENTITY: "are one post, read twice",
    Evidence.REFERENCE: "are one story by their platform's word: one repeats the other",
    Evidence.PERSON: "were put together by a person",
    Evidence.PERMALINK: "stand at one address",
    Evidence.AUTHOR: "are by one author, who said the same short thing on two platforms in a day",
}
_LIKENESS = {
    Why.EQUAL: "say the same",
    Why.TYPOS: "say the same but for {words} typed otherwise",
    Why.WORDS: "say the same but for {words}",
    Why.CUT: "say the same as far as one of them goes",
    Why.MANGLED: "say the same but for a few letters",
}
_PICTURES = {
    Why.SAME_FILE: "show the same picture",
    Why.SAME_LOOK: "show the same picture, saved anew",
    Why.CROPPED: "show the same picture, 5 % cropped",
    Why.CROPPED_MORE: "show the same picture, 10 % cropped",
}
_LACKS = {
    Lack.WORDS: "each with words of its own",
    Lack.PLAIN: "but one so plain that others may have the same",
    Lack.OTHERS: "and each shows another beside it",
}
_DIFFERENCE = {
    Why.OTHER_TAGS: "they are short, and their hashtags differ",
    Why.OTHER_PART: "they are two parts of a thread, or two results",
    Why.OTHER_NUMBER: "their numbers differ",
    Why.OTHER_WORD: "a word stands in another's place, as in a template",
    Why.OTHER_SENSE: "only one of them has a denying word",
    Why.TOO_MUCH: "one says more besides than a copy would",
    Why.UNLIKE: "their texts are not alike",
}


def explain(service: Service, one: int, other: int) -> None:
    """Print the chain of evidence between two posts, or why there is none."""
    with reading(service.engine) as session:
        found = upkeep.explain(session, one, other, *_rules(service))
    lines = [_tie(tie) for tie in found] if isinstance(found, list) else _apart(found)
    for line in lines or ["They are one story, but the post that tied them has gone."]:
        console.print(Text(line), soft_wrap=True)


def join(service: Service, one: int, other: int) -> None:
    """Make two posts one story."""
    with writing(service.engine) as session:
        hand.join(session, one, other, moderator=COMMAND_LINE, now=utc_now())
    console.print(f"{one} and {other} are one story.")


def split(service: Service, post_id: int) -> None:
    """Take a post out of its story."""
    with writing(service.engine) as session:
        tied = hand.split(session, post_id, moderator=COMMAND_LINE, now=utc_now())
    console.print(
        f"{post_id} stands for itself now." if tied else f"{post_id} was in no story with others."
    )


def rebuild(service: Service) -> int:
    """Find all stories anew, with a progress bar; return 1 when stopped before the end."""
    with reading(service.engine) as session:
        total = upkeep.outdated(session)
    if not total:
        console.print("All stories were found by the rules of this version.")
        return 0
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    done = 0
    with stoppable(service.stop), Progress(*columns, console=console) as progress:
        task = progress.add_task("posts", total=total)
        while not service.stop.is_set():
            with writing(service.engine) as session:
                count = upkeep.rebuild(session, *_rules(service), now=utc_now())
            if not count:
                console.print(f"{done} posts were looked at anew.")
                return 0
            done += count
            progress.advance(task, count)
    console.print("Not all is done: run the same command again to go on from here.")
    return 1


def _rules(service: Service) -> tuple[Campaign, Formulas]:
    campaign = service.settings.campaign
    tags = Campaign(campaign.hashtags, phrases=campaign.phrases, pattern=campaign.pattern)
    return tags, formulas.load(campaign.formulas)


def _tie(tie: Tie) -> str:
    kind, why = Evidence(tie.kind), Why(tie.why)
    words = "1 word" if tie.words == 1 else f"{tie.words} words"
    said = _TIES.get(kind) or _PICTURES.get(why) or _LIKENESS[why].format(words=words)
    return f"{tie.post_id} and {tie.other_id} {said} ({kind.value}, {tie.score:.2f})"


def _apart(found: Apart) -> list[str]:
    lines = [_words_apart(found)]
    if found.picture is not None:
        same = _PICTURES[Why(found.picture.why)]
        lines.append(f"They {same}, {_LACKS[Lack(found.picture.lacks)]}: that alone is no proof.")
    return lines


def _words_apart(found: Apart) -> str:
    if not found.verdict.same:
        return f"They are two stories: {_DIFFERENCE[found.verdict.why]}."
    if not found.is_evidence:
        return (
            "They are two stories: they say the same, but so few words, or words that so many use,"
            " that it proves nothing."
        )
    return "They are two stories, though their texts say the same: nothing has compared them yet."
