"""Pairs of what a person says and what it might mean, drawn without end from small grammars.

A pair is (premise, hypothesis, label). Premises are commands for a small household and desktop,
questions, and chat; hypotheses are "This person wants to …." with one of an intent's descriptions,
or one of the three sentences about the kind of utterance. What names no intent clearly ("turn it
on") is neutral to the intents it might mean.
"""

import random
import re

LABELS = ["contradiction", "neutral", "entailment"]
WANTS = "This person wants to {}."
KINDS = {
    "command": "This person is giving a command.",
    "question": "This person is asking a question.",
    "chat": "This person is making conversation.",
}

LIGHT = ["light", "lights", "lamp", "lamps", "bulb"]
ROOM = ["kitchen", "bedroom", "bathroom", "hall", "garage", "living room", "office", "cellar"]
NUMBER = "one two three four five six seven eight nine ten twelve fifteen twenty thirty sixty 5 10 15 20 45".split()
BAND = ["jazz", "some music", "the radio", "my favourite song", "a tune", "something quiet", "rock music", "bach", "my playlist", "a song"]
NOTE = ["buy milk", "call my mother", "the meeting moved", "water the plants", "pay the rent", "feed the cat", "fix the bike"]

# Intent: (its descriptions, its premises). {x} is drawn from SLOTS; a|b and (…|) are choices.
INTENTS: dict[str, tuple[list[str], list[str]]] = {
    "light_on": (
        ["turn on the light", "switch the lights on", "make the room brighter"],
        ["(turn|switch|put) on the {room} {light}", "(turn|switch|put) the {light} on( in the {room}|)", "light up the {room}", "(i need|give me) (some|more) light( in the {room}|)", "it is too dark in (here|the {room})", "illuminate the {room}", "make (it|the {room}) brighter", "i (can not|can hardly) see anything in (here|the {room})"],
    ),
    "light_off": (
        ["turn off the light", "switch the lights off", "make the room dark"],
        ["(turn|switch|shut) off the {room} {light}", "(turn|switch|put) the {light} (off|out)( in the {room}|)", "kill the {light}( in the {room}|)", "(lights|lamps) (off|out)( in the {room}|)", "it is too bright in (here|the {room})", "make (it|the {room}) dark", "i want (it|the {room}) dark", "no more light( in the {room}|)"],
    ),
    "set_timer": (
        ["set a timer", "be told when some time is over"],
        ["(set|start) a timer for {number} (minutes|seconds|hours)", "(set|start) a {number} (minute|second|hour) timer", "(wake|call|tell|remind) me in {number} (minutes|hours)", "count down {number} (minutes|seconds)", "let me know when {number} (minutes|seconds|hours) (are over|have passed)", "timer {number} (minutes|seconds)", "ring in {number} (minutes|hours)"],
    ),
    "cancel_timer": (
        ["cancel the timer", "stop the countdown"],
        ["(cancel|stop|delete|remove|kill|forget) (the|my) (timer|countdown|alarm)", "(i do not need|forget about|get rid of) (the|my) (timer|countdown|alarm)( any more|)", "no more (timer|countdown)", "turn off the (timer|alarm)"],
    ),
    "play_music": (
        ["play music", "hear a song"],
        ["(play|put on|start) {band}", "i (want|would like) to (hear|listen to) {band}", "let me hear {band}", "(play|put on) {band} (in the {room}|for me)", "give me (some music|a song|a tune)", "how about {band}"],
    ),
    "stop_music": (
        ["stop the music", "silence the song"],
        ["(stop|pause|end) (the|this) (music|song|playback|radio|tune)", "(turn|switch) (off the (music|radio)|the (music|radio) off)", "(stop|pause) playing", "no more (music|songs)", "(silence|quiet) please", "(i do not want to|stop making me) (hear|listen to) this (song|music)( any more|)"],
    ),
    "volume_up": (
        ["turn up the volume", "make it louder"],
        ["(turn|put) (up the (volume|sound)|the (volume|sound|music) up)", "(louder|speak up|volume up)", "(make it|play it|a bit|much) louder", "(increase|raise) the (volume|sound)( by {number} percent|)", "i can (not|hardly|barely) hear (it|you|the music)", "it is too quiet"],
    ),
    "volume_down": (
        ["turn down the volume", "make it quieter"],
        ["(turn|put) (down the (volume|sound)|the (volume|sound|music) down)", "(quieter|softer|volume down)", "(make it|play it|a bit|much) (quieter|softer)", "(decrease|lower|reduce) the (volume|sound)( by {number} percent|)", "it is (much|) too loud", "not so loud", "my ears hurt"],
    ),
    "open_browser": (
        ["open the browser", "look at web pages"],
        ["(open|start|launch|show|bring up) (the|my|a) (web |)(browser|internet)", "i (want|need|would like) to (surf|browse|see) the (web|internet|net)", "(open|start|launch) (firefox|chrome|chromium)", "take me to the (internet|web)", "(open|show me) a web (page|site)"],
    ),
    "screenshot": (
        ["take a screenshot", "save a picture of the screen"],
        ["(take|make|grab) a (screenshot|picture of (the|my) screen|screen capture)", "(capture|photograph|save|grab) (the|my) (screen|desktop|display)", "(screenshot|screen capture)( now|)", "i need a picture of (the|my) (screen|desktop|display)"],
    ),
    "lock_screen": (
        ["lock the screen", "protect the computer while away"],
        ["lock (the|my) (screen|computer|machine|desktop|session)", "(i am leaving|i will be away|i am stepping out) so lock (it|everything|the computer)", "(protect|secure) (the|my) (computer|machine|session)", "lock up( the computer|)", "(let nobody|nobody should) (use|touch) (the|my) (computer|machine)"],
    ),
    "take_note": (
        ["write a note", "remember something for later"],
        ["(write down|note|note down|jot down|make a note)( that i must|) {note}", "(remember|memorise|do not let me forget)( to|) {note}", "(make|take|write) a note", "(add|put) {note} (to|on|in) (my|the) (notes|list)", "new note {note}"],
    ),
}

# Easily taken for one another: half of the false claims about an intent are of its own group.
GROUPS = [
    ["light_off", "stop_music", "cancel_timer", "volume_down", "light_on"],
    ["light_on", "play_music", "volume_up", "open_browser", "set_timer", "light_off"],
    ["screenshot", "lock_screen", "open_browser", "take_note", "set_timer"],
]

POLITE = ["{}", "{}", "{}", "please {}", "{} please", "could you {}", "can you {} please", "would you {}", "hey {}", "computer {}", "i want you to {}", "now {}", "okay {}", "{} now", "{} for me"]

QUESTIONS = [
    "what is the (capital|population|currency|language) of {place}", "who (wrote|painted|invented|discovered|composed) {work}",
    "how (tall|old|big|far|heavy|deep|long) is {thing}", "why (is|are) {plural} (so |)(blue|sweet|expensive|loud|rare|red|old)",
    "when (did|does|will) {event} (start|end|happen|begin)", "where (is|was) {place}", "how many {plural} (are there|live in {place}|do i need)",
    "what (time|day|year) is it( in {place}|)", "will it (rain|snow|be sunny|be cold) (today|tomorrow|in {place})", "is {thing} (dangerous|older|bigger|real)( than {thing}|)",
    "do {plural} (sleep|swim|fly|eat meat|dream)", "what (does|did) {person} (say|do|eat|mean)", "which {plural} can (fly|swim|talk)", "can {plural} (fly|swim|talk|see in the dark)",
    "who is {person}", "what (is|are) {plural} made of", "tell me (who|what|where|why|when) {thing} is", "how do (you|i|we|people) (cook|clean|build|repair|grow) {plural}",
    "does {person} like {plural}", "what is the weather (like |)(today|tomorrow|in {place})", "do you know (why|how|when|where) {plural} sleep",
    "what is {number} (plus|minus|times) {number}", "are {plural} (heavier|older|faster) than {plural}", "how long does {event} last", "how do {plural} work",
    "what (light|music|timer|browser|computer) (is|was) the first", "why is the (light|music|screen|timer|volume) (broken|red|so old)", "who (plays|wrote|sings) this (song|music)",
    "how much (power|money|water) does (a|the) (light|lamp|computer|screen) (use|need|cost)",
]
CHAT = [
    "i (had|have had) a (lovely|terrible|long|strange|quiet) (day|week|morning|evening)", "i (love|like|hate|miss|adore) {plural}", "(my|the) {relative} (is|was) (very |)(happy|tired|kind|funny|ill|late)( today|)",
    "(good|lovely) (morning|evening|night|afternoon)( to you|)", "(hello|hi|hey)( there| my friend|)", "(thank you|thanks)( very much| a lot|)", "you are (very |)(funny|kind|clever|nice|wonderful)",
    "i (feel|am) (tired|happy|sad|hungry|bored|lonely|great)( today|)", "(we|they) (went|drove|walked|flew) to {place} (last year|yesterday|together)", "{person} (is|was) my favourite (writer|friend|actor|singer)",
    "i (think|believe|guess) {plural} are (lovely|boring|strange|wonderful|clever)", "(that|it) was a (good|bad|silly|great) (joke|idea|film|story|concert)", "i (slept|worked|cooked|ate) (well|badly|all day|too much) (yesterday|today|last night)",
    "my {relative} (plays|likes|sells|paints|collects) {plural}", "(nice|good|lovely) to (see|meet|hear from) you", "i was (born|raised|happy) in {place}", "(well|oh|hm) that is (nice|sad|interesting|funny|true)",
    "the (weather|food|film|party) was (lovely|awful|great)( yesterday|)", "we bought (a|the) (new |)(lamp|computer|radio|screen) (yesterday|last week)", "the (music|light|screen) (at|in) {place} was (lovely|strange|wonderful)",
    "my {relative} (turned|switched) (on|off) the light (yesterday|last night)", "i (played|heard|wrote) a (song|note|tune) (yesterday|last week)", "i am learning to (cook|swim|paint|dance|sing)",
]
# What might mean several intents: neutral to each of them.
VAGUE: dict[str, list[str]] = {
    "light_on light_off": ["the {light}", "do something about the {light}", "the {light} in the {room}", "change the {light}"],
    "light_on play_music": ["(turn|switch) it on", "put it on"],
    "light_off stop_music cancel_timer": ["(turn|switch) it off", "that is enough", "stop it"],
    "volume_up volume_down": ["change the (volume|sound)", "the volume", "set the (volume|sound)"],
    "set_timer cancel_timer": ["the timer", "about the timer", "change the timer"],
    "play_music stop_music": ["the music", "about the (music|song)"],
}
SLOTS: dict[str, list[str]] = {
    "light": LIGHT, "room": ROOM, "number": NUMBER, "band": BAND, "note": NOTE,
    "place": "france,japan,brazil,norway,london,paris,the village,peru,egypt,berlin,the sea,rome,kenya,the mountains,oslo".split(","),
    "work": "hamlet,this book,the telephone,that picture,the song,the bible,penicillin,the opera,the wheel".split(","),
    "thing": "the moon,everest,the eiffel tower,a whale,the sun,an elephant,my car,the river,the oldest tree,a shark,the bridge".split(","),
    "plural": "cats,birds,apples,stars,whales,books,flowers,trains,spiders,oranges,horses,clouds,potatoes,lamps,computers,songs".split(","),
    "event": "the concert,the match,the film,summer,the war,the party,the meeting,christmas,the course".split(","),
    "person": "einstein,my brother,shakespeare,the president,anna,the queen,your boss,mozart".split(","),
    "relative": "sister,brother,mother,father,neighbour,dog,cat,boss,daughter,uncle,teacher".split(","),
}  # fmt: skip


def draw(rng: random.Random, pattern: str) -> str:
    """Fills a pattern's innermost choices and slots until none is left."""
    while inner := re.search(r"\(([^()]*)\)", pattern):
        pattern = pattern[: inner.start()] + rng.choice(inner[1].split("|")) + pattern[inner.end() :]
    filled = re.sub(r"\{(\w+)\}", lambda slot: rng.choice(SLOTS[slot[1]]), pattern)
    return " ".join(filled.split())


def written(rng: random.Random, words: str, asks: bool) -> str:
    """The words as Whisper writes them, or bare as PocketSphinx does."""
    if rng.random() < 0.5:
        return words
    return words[0].upper() + words[1:] + ("?" if asks else ".")


def utterance(rng: random.Random) -> tuple[str, str | None, set[str], str]:
    """Something said: its kind, its intent, the intents it may mean as well, and its words."""
    share = rng.random()
    if share < 0.5:
        intent = rng.choice(list(INTENTS))
        words = draw(rng, rng.choice(POLITE).format(draw(rng, rng.choice(INTENTS[intent][1]))))
        return "command", intent, set(), written(rng, words, words.startswith(("could", "can you", "would")))
    if share < 0.58:
        intents = rng.choice(list(VAGUE))
        words = draw(rng, rng.choice(POLITE).format(draw(rng, rng.choice(VAGUE[intents]))))
        return "command", None, set(intents.split()), written(rng, words, False)
    if share < 0.79:
        return "question", None, set(), written(rng, draw(rng, rng.choice(QUESTIONS)), True)
    return "chat", None, set(), written(rng, draw(rng, rng.choice(CHAT)), False)


def hypothesis(rng: random.Random, intent: str) -> str:
    return WANTS.format(rng.choice(INTENTS[intent][0]))


def pair(rng: random.Random) -> tuple[str, str, int]:
    """One training pair: a third about the kind, the rest about an intent, almost half of them true."""
    kind, intent, possible, words = utterance(rng)
    if rng.random() < 0.35:
        claimed = rng.choice(list(KINDS))
        return words, KINDS[claimed], LABELS.index("entailment" if claimed == kind else "contradiction")
    if intent and rng.random() < 0.45:
        return words, hypothesis(rng, intent), LABELS.index("entailment")
    if possible and rng.random() < 0.7:
        return words, hypothesis(rng, rng.choice(sorted(possible))), LABELS.index("neutral")
    near = [group for group in GROUPS if intent in group]
    claimed = rng.choice(rng.choice(near) if near and rng.random() < 0.5 else list(INTENTS))
    label = "entailment" if claimed == intent else "neutral" if claimed in possible else "contradiction"
    return words, hypothesis(rng, claimed), LABELS.index(label)
