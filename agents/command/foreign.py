"""Whether a command is in another language than English: by the small words that only one of the two has.

Contract: pure; names and titles count little. "Something like La vie en rose" is English, "no me gustan las películas
de terror" is not, though "no" and "me" are words of both.
"""

from __future__ import annotations

import re
from typing import Final

_ENGLISH_WORDS: Final = """
a about actually after again all also am an and another any anything are as at be because been before best better but
by can can't cannot could day did do does doesn don drop else ever every everything few find film films first for from
fun funny get give go good got great had has have he her him his how i if in instead into is isn it its just keep know
last less let like liked long longer lot love made make many maybe me mean more most movie movies much must my need
never new newer next no none not nothing now of off ok okay old older on one ones only or other our out over people
please put rather really recommend remove same second see seen she short shorter should show so some somebody someone
something still stop such sure take tell than thank thanks that the their them then there these they thing things
think third this those time to tonight too under until up us want was watch watched way we well were what when where
which who why will with without would year years yes yet you your
"""
# Small words, and what people say of films, by language; what English has as well counts for neither.
_LANGUAGES: Final = tuple(
    frozenset(words.split())
    for words in (
        # Spanish
        """
        a al algo alguna alguno alguien antes así aunque bien buena bueno cada casi como cómo con cosa cosas cual
        cuando cualquier de del demasiado desde después donde dos el ella ellos en entre era es esa ese eso esta está
        estas este esto estos estoy favor fue gracias gusta gustan gustaría gustaria ha hace hacer hasta hay he hoy la
        las le les lo los me mejor menos mi mis mucho mucha muchos muy más mas nada ni ninguna ninguno no nos nosotros
        nunca o otra otras otro otros para pelicula peliculas película películas pero pon ponme poner por porque puede
        puedes puedo que qué quiero quisiera recomienda recomiéndame se sea ser si sí sin sobre solo sólo son su sus
        también tampoco tan te tengo tiene toda todas todo todos tu tus un una unas uno unos usted ver verdad vez y ya
        yo comedia comedias miedo divertida divertido muéstrame muestrame dame quítame cine corto corta cortas horas
        busco necesito prefiero odio
        """,
        # French
        """
        a ai aime aimerais aimé assez au aucun aucune aujourd'hui aussi autre autres aux avant avec avez avoir
        beaucoup bien bon bonne c ce cela celle celui ces cet cette chose choses comme comment d dans de depuis des
        deux dois donne donnez du déjà elle elles en encore est et eu eux faire fait film films faut il ils j j'aime
        je jamais l la le les leur lui là ma mais me mes merci mieux moi moins mon même n ne ni non nos notre nous on
        ont ou où par parce pas peu peur peut peux plaît plait plus plutôt plutot pour pouvez pourquoi pourrais près
        qu que quel quelle quelque quelques qui quoi rien s s'il sa sans ses si soir son sont sous sur svp ta tes toi
        ton toujours tous tout toute toutes trop très tu un une veux veut venu voir voudrais voudrait vous vraiment vu
        y à ça était êtes être recommandez montre montrez comédie comédies drôle court courts heures
        """,
        # German
        """
        aber alle allem allen alles als also am an andere anderen anderes auch auf aus bei bin bis bist bitte da
        danach danke dann das dass dein dem den denn der des die dies diese diesen dieser dieses doch du durch ein
        eine einem einen einer eines einfach er es etwas für fuer ganz gar gegen gern gerne gib gibt gut gute guten
        gutes hab habe haben hast hat heute hier hätte ich ihr im immer in ist ja jede jeden jetzt kann kannst kein
        keine keinen keiner könnte können lieber lustig lustige lustiges man mag magst mehr mein meine mich mir mit
        muss möchte möchten mal nach nicht nichts nie noch nur oder ohne schon sehr sein sich sie sind so soll sollte
        sondern sowas tut um und uns unter viel vielleicht vom von vor war warum was weniger wenn wer werden wie will
        wir wird wo wollen würde zeig zeige zu zum zur zwei über filme deutsch deutsche deutschen lachen spannend
        spannendes kürzer länger stunden beim
        """,
        # Italian
        """
        a abbastanza ad adesso ai al alcuni alcuno alla alle allora altri altro anche ancora avere basta bel bella
        bello bene buon c che chi ci come con consigliami cosa così d da dal dammi degli dei del della delle dello di
        dopo dove due e ed era essere è fa favore fare film fammi gli grazie ha hai hanno ho i il in io l la le lei lo
        loro lui ma mai male me meglio meno mi mia mie mio molto mostrami ne nei nel nella nessun nessuna nessuno
        niente no noi non nostra nostro nulla o ogni per perché perche però piace piacciono piacerebbe più piu poco
        poi possiamo posso prima puoi qualche qualcosa quale quando quella quelle quelli quello questa queste questi
        questo qui se sei sempre senza si sia solo sono sopra su sua sul sulla sue suo ti troppo tu tua tutti tutto
        tutta un una uno va vedere vi voglio vorrei paura divertente ridere breve ore commedia commedie
        """,
        # Portuguese
        """
        a agora algo alguma algum alguém ao aos apenas aquela aquele aqui as assim até bem boa bom coisa com como da
        das de depois dele demais do dos e ela ele eles em entre era essa esse esta estão está este eu favor faz filme
        filmes foi gosto gosta gostaria gostava há isso isto já lhe mais mas me menos mesmo meu minha mostra mostre
        muita muito muitos na nada não nao nas nem nenhum nenhuma no nos nossa nosso nunca num numa o obrigado
        obrigada onde os ou outra outro outros para pela pelo pode por porque posso pra prefiro qual quando que quem
        quero queria quer se sem ser seu sim são só sobre sua talvez também te tem tenho todo todos tudo um uma umas
        uns ver vez você voce vou comédia comédias engraçado engraçada medo curto horas
        """,
        # Dutch
        """
        aan al alleen alles als andere ben bij dan dat de deze die dit doe door een en er geen geef goed goede graag
        had heb hebben heeft heel het hier hij hoe iets ik in is ja je jij jouw kan kun laat later liever maar me meer
        met mij mijn minder moet mogen na naar niet niets nog nooit nu of om onder ons onze ook op over te toch toe
        tot uit van veel voor waar wat wel welke wie wij wil wilt wordt zie zien zijn zo zonder zou komedie grappig
        grappige langer korter uur twee alsjeblieft
        """,
    )
)
# Small words that stand in names and titles ("La vie en rose", "von Trier", "Das Boot"), and prove nothing alone.
_NAME_WORDS: Final = """
a al au aux con d da das de degli dei del della delle dem den der des di die dos du e een el en es est et ex gli het i
il l la las s le les lo los mi mon na o os ou para per por pour sin son sur te tu uma un una une und van vom von y à è
zu zum zur im mit ma ta sa nos mal men
"""
_ENGLISH, _OF_NAMES = frozenset(_ENGLISH_WORDS.split()), frozenset(_NAME_WORDS.split())
_WORD: Final = re.compile(r"[^\W\d_]+")
# Shorter commands are left to the model, which reads "algo de terror".
_MIN_OWN: Final = 3
_MIN_SURE: Final = 2
_PER_ENGLISH: Final = 4
"""So many words of its own a language must have for each English one: a foreign title may be several words long."""


def is_foreign(command: str) -> bool:
    """Say whether a command speaks Spanish, French, German, Italian, Portuguese or Dutch rather than English."""
    said = set(_WORD.findall(command.casefold()))
    return any(_speaks(said, language) for language in _LANGUAGES)


def _speaks(said: set[str], language: frozenset[str]) -> bool:
    own = (said & language) - _ENGLISH
    n_english = len((said & _ENGLISH) - language)
    return len(own) >= max(_MIN_OWN, _PER_ENGLISH * n_english) and len(own - _OF_NAMES) >= _MIN_SURE
