"""Cues: the words that say how a wish is meant, and over which of the following words they reach."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from stillroom.agents.rules.text import words


class Cue(StrEnum):
    """What a cue does to the mentions after it (or, for HEDGE and ONLY, to those of its clause)."""

    BAN = "ban"
    AVOID = "avoid"
    MORE = "more"
    WANT = "want"
    ONLY = "only"
    HEDGE = "hedge"
    SEEN = "seen"
    LIKE = "like"
    PRAISE = "praise"
    RETRACT = "retract"
    ALLOW = "allow"
    CORRECT = "correct"
    INSTEAD = "instead"
    KEEP = "keep"
    STOP = "stop"
    TOO = "too"


_FORMS: Final = {
    Cue.BAN: "no, not, nothing, without, never, hate, hated, hating, despise, loathe, can not stand, can not bear,"
    " can not deal with, can not take, sick of, tired of, enough, enough of, enough with, no more,"
    " not another, not any,"
    " not any more, stop, stop with, ban, exclude, avoid, anything but, everything but, all but, anything except,"
    " everything except, except, except for, excluding, other than, apart from, anything other than, had enough of,"
    " hard pass on, pass on, over, fed up with, do not want, do not like, do not show, do not give me,"
    " bored of, bored with, minus, none of, allergic to, get rid of, rid of, had"
    " my fill of, seen enough,"
    " never again, nope to, steer clear of, stay away from, leave out, keep out, keep away, kill the, cut the, cut out,"
    " cut, away with, do not bother with, hell no, not ever, neither, nor, kein, keine, pas de,"
    " sin, nada de, senza, nix,"
    " not interested in, ugh, no to, no way, nope, not the, nothing with,"
    " do not need, done with, so done with, through with, ruin it",
    Cue.AVOID: "less, fewer, not too, not so, not very, not that, not overly, not really, not as, rather not, too much,"
    " too many, not in the mood for, not feeling, not a fan of, not a big fan of, not a huge fan of, could do without,"
    " tone down, tone down the, dial down, dial back, easy on, go easy on, ease up on, not big on, not really into,"
    " not into, would rather not, maybe not, maybe no, prefer no, prefer not, would skip, a bit"
    " much, not much, not keen on,"
    " not crazy about, not super, not particularly, not exactly, isn't, is not, less of, not up"
    " for, skip the, rather no,"
    " do not care for, do not really like, do not love, not necessarily, wouldn't mind less, one"
    " less, not quite, lose some"
    " of the, could use less",
    Cue.MORE: "more, some more, further, extra, many more, another, additional, add, added, crank up, bring on, up the,"
    " turn up, mas, mehr, plus de",
    Cue.WANT: "want, would like, give me, show me, looking for, look for, in the mood for, how about, what"
    " about, craving,"
    " need, prefer, rather, fancy, feel like, would love, i like, i love, let us, find me, recommend,"
    " got any, do you have,"
    " try, switch to, make it, bring me, hit me with, put on, gib mir, quiero, search, like to see,"
    " could go for, i am into, maybe some, how bout, up for, into, have, has, can we have, could we have, for a change,"
    " want to see, fan of, ask for, asked for, said",
    Cue.ONLY: "only, must, has to, have to, need to be, needs to be, strictly, nothing but, exclusively, just,"
    " solely, has"
    " got to, got to be, gotta be, had better be, and nothing else, absolutely, it is essential, insist on, nur, solo",
    Cue.HEDGE: "maybe, perhaps, possibly, ideally, preferably, if possible, would be nice, would be great,"
    " would be lovely,"
    " would be cool, would be good, would be ideal, would be perfect, i guess, might, could go for,"
    " would prefer, a bit,"
    " a little, slightly, if you can, kind of, kinda, sort of, sorta, not sure, i suppose, if you have, somewhat, ish,"
    " i think, tiny bit, a touch, wouldn't mind, would not mind, hopefully, or so",
    Cue.SEEN: "seen, watched, already saw, saw, know already, already know, have already, rewatch, not again",
    Cue.LIKE: "like, similar to, find similar, something similar, similar ones, in the style of, in the vein"
    " of, in the spirit of, reminds me of, along the"
    " lines of, same"
    " vibe as, same as, close to, more like, something like, as good as, same kind as, same mood"
    " as, comparable to, stuff"
    " like, reminiscent of, style of, vibe of, same feel as, think, like the",
    Cue.PRAISE: "loved, adored, was great, was brilliant, was awesome, liked, enjoyed, is the best, best film ever",
    Cue.RETRACT: "forget, forget about, scratch, drop, drop the, undo, undo the, take back, remove, cancel, ditch,"
    " lose,"
    " lose the, never mind, nevermind, nvm, does not have to be, do not have to be, does not need"
    " to be, need not be, not"
    " necessary, no longer want, no longer need, i take it back about, take it back, changed my mind about, instead of,"
    " rather than, swap, replace, do not care about, do not mind, lift the, delete the, unban, away the, not required",
    Cue.ALLOW: "fine again, ok again, okay again, is fine, are fine, is ok, are ok, is okay, are okay, ok too,"
    " fine too,"
    " ok after all, fine after all, growing on me, would not hurt, wouldn't hurt, does not matter, do not matter, is"
    " allowed, can have, are welcome, is welcome, is good again, again ok, back in, can come back,"
    " welcome back, ok again,"
    " all good, does not bother me, can stay after all, is acceptable, ok now, fine now"
    ", not a problem, no problem, ok though, fine by me",
    Cue.CORRECT: "no wait, wait no, no sorry, sorry no, i mean, i meant, sorry, wait, scratch that, actually"
    " make it, oops,"
    " or rather, correction, my bad, no actually, actually no, typo, hang on",
    Cue.INSTEAD: "instead, in place, rather, make that, make it, same thing but",
    Cue.KEEP: "keep, keep the, still, still want, as before, remember, and remember, like i said, i said,"
    " stick with, stay with",
    Cue.STOP: "but, although, however, except that, whereas, yet, and then, otherwise, so, because",
    Cue.TOO: "too, way too, so, far too, a bit too, bit, pretty, rather too, kinda, little too",
}


def cue_table() -> dict[tuple[str, ...], Cue]:
    """Return the cues by the stems of their forms; an earlier cue keeps a form that two share."""
    table: dict[tuple[str, ...], Cue] = {}
    for cue, forms in _FORMS.items():
        for form in forms.split(","):
            table.setdefault(words(form), cue)
    return table
