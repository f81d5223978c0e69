"""Word lists for the corpus: numbers, names, opposites, and what golem knows nothing about."""

ONES = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen").split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def number(n: int) -> str:
    """English words for -100..100."""
    if n < 0:
        return "minus " + number(-n)
    if n < 20:
        return ONES[n]
    if n == 100:
        return "one hundred"
    return TENS[n // 10 - 2] + (f" {ONES[n % 10]}" if n % 10 else "")


RU_NUMBERS = ("ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать "
              "тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать двадцать "
              "двадцать-один").replace("-", " ").split(" ")[:21]


def ru_number(n: int) -> str:
    """Russian words for 0..40."""
    if n <= 20:
        return RU_NUMBERS[n]
    tens = {2: "двадцать", 3: "тридцать", 4: "сорок"}[n // 10]
    return tens + (f" {RU_NUMBERS[n % 10]}" if n % 10 else "")


DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = ("January February March April May June July August September October November "
          "December").split()
MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

OPPOSITES = [tuple(p.split("-")) for p in (
    "big-small hot-cold day-night up-down left-right fast-slow old-young good-bad happy-sad light-dark "
    "high-low long-short rich-poor hard-soft wet-dry open-closed early-late full-empty strong-weak "
    "loud-quiet black-white yes-no love-hate man-woman boy-girl first-last near-far clean-dirty "
    "easy-difficult win-lose buy-sell begin-end life-death true-false war-peace summer-winter sweet-sour "
    "thick-thin push-pull give-take inside-outside heaven-hell north-south east-west always-never "
    "everything-nothing friend-enemy question-answer laugh-cry sunrise-sunset").split()]

CAPITALS = dict(p.split("-") for p in (
    "France-Paris Germany-Berlin England-London Spain-Madrid Italy-Rome Russia-Moscow China-Beijing "
    "Japan-Tokyo Poland-Warsaw Austria-Vienna Greece-Athens Portugal-Lisbon Sweden-Stockholm Norway-Oslo "
    "Finland-Helsinki Denmark-Copenhagen Ireland-Dublin Egypt-Cairo Turkey-Ankara Ukraine-Kiev India-Delhi "
    "Canada-Ottawa Australia-Canberra Brazil-Brasilia Argentina-Buenos_Aires Mexico-Mexico_City "
    "Cuba-Havana Belgium-Brussels Hungary-Budapest Scotland-Edinburgh Switzerland-Bern "
    "America-Washington Iceland-Reykjavik Kenya-Nairobi Israel-Jerusalem Iran-Tehran").replace("_", "\u00a0").split(" "))
CAPITALS = {land: city.replace("\u00a0", " ") for land, city in CAPITALS.items()}

SPELL = ("cat dog house tree book water apple bread chair table door window hand foot head nose mouth ear eye "
         "bird fish horse cow mouse lion tiger bear wolf fox owl frog snake bee ant sun moon star sky rain "
         "snow wind fire ice stone sand clay gold iron wood leaf rose grass hill river lake sea ship boat car "
         "bus train plane road street bridge city town farm garden kitchen bed lamp clock cup plate knife "
         "spoon fork pen paper letter word voice song music piano game ball toy doll king queen child baby "
         "mother father sister brother friend teacher doctor milk tea coffee sugar salt cheese egg meat soup "
         "cake red blue green yellow black white brown one two three four five six seven eight nine ten "
         "hello world love time day night week month year morning spring summer winter happy good small "
         "big hot cold yes no computer school banana orange lemon monkey rabbit elephant").split()

NAMES = ("Anna Ben Clara David Emma Frank George Helen Igor Julia Kate Leo Maria Nick Olga Paul Peter Robert "
         "Sarah Tom Victor Alice Bob Charlie Daniel Eva Fred Grace Henry Irene Jack Karen Laura Martin Nina "
         "Oliver Rachel Simon Tina Max Mike Lucy John James Mary Linda Susan Mark Steven Andrew Kevin Brian "
         "Jason Ryan Jacob Eric Scott Adam Nathan Zoe Sophie Emily Jessica Amanda Lisa Michelle Laurel Diana "
         "Boris Ivan Natasha Vera Vladimir Sergei Michael William Richard Joseph Thomas Christopher Alex "
         "Alan Ada Arthur Albert Carl Carol Chris Elizabeth Hannah Jane Jim Joe Kim Louise Margaret Nancy "
         "Patrick Philip Rose Ruth Sam Samuel Sean Stella Ted Tim Walter").split()

NOUNS = ("bread cheese car bicycle computer phone piano guitar river mountain castle dragon wizard football "
         "tennis chess physics chemistry history biology philosophy economics politics religion art poetry "
         "dinosaur volcano earthquake rocket satellite galaxy universe atom electron bacteria virus vaccine "
         "medicine hospital lawyer engineer farmer teacher soldier president king queen empire revolution "
         "democracy bank money stock inflation tax insurance mortgage house kitchen garden flower tree forest "
         "desert ocean island whale shark eagle pigeon spider butterfly horse elephant tiger pasta pizza soup "
         "salad rice potato tomato onion garlic butter sugar coffee wine beer shirt jacket shoe hat watch ring "
         "camera film theater opera novel newspaper library museum school university airport train station "
         "bridge tunnel battery engine wheel hammer screw paint glass steel plastic cotton leather email "
         "website password keyboard printer robot drone laser magnet thermometer microscope telescope "
         "electricity gasoline oil coal wind climate glacier planet comet black-hole quantum-mechanics "
         "relativity evolution psychology memory dream marriage divorce wedding birthday holiday vacation "
         "passport visa hotel restaurant recipe diet exercise yoga swimming running skiing dancing "
         "photosynthesis bitcoin blockchain gravity-wave machine-learning neural-network database compiler "
         "printer-driver operating-system washing-machine living-room credit-card ice-cream").replace("-", "\u00a0")
NOUNS = [n.replace("\u00a0", " ") for n in NOUNS.split(" ")]
VERBS = ("bake fix build clean cook paint sell buy repair draw grow wash cut move carry find open learn write "
         "read study play install remove measure translate invent design teach catch drive fly").split()
ADJECTIVES = ("red old broken expensive beautiful strange heavy cheap famous dangerous wooden tiny huge fast "
              "dirty lovely wet cold warm empty new loud").split()
PEOPLE = ("napoleon|cleopatra|mozart|beethoven|picasso|socrates|plato|gandhi|columbus|charles darwin|"
          "marie curie|elvis presley|the president|the prime minister|the queen of england|the pope|"
          "my neighbor|your best friend|julius caesar|george washington|bill gates|tolstoy").split("|")
PLACES = ("london|paris|the supermarket|the beach|the mountains|chicago|moscow|the office|the park|"
          "africa|the north pole|my village|the university|the airport|the cinema|the doctor").split("|")

# Sentences that golem has no answer to. {n} noun, {v} verb, {a} adjective, {p} person, {l} place.
UNKNOWN_QUESTIONS = """what is [a|the] {n}
what are {n}s
what does {n} mean
how do (i|you|we) {v} [a|the|my] {n}
how does [a|the] {n} work
how much does a {n} cost
how many {n}s are there in {l}
how big is [a|the] {n}
how old is {p}
how can i {v} a {a} {n}
who is {p}
who was {p}
who invented the {n}
who is the best {n} in {l}
when did {p} die
when was {p} born
when was the {n} invented
where is {l}
where can i (buy|find|see) a {n}
where did {p} live
why is the {n} [so] {a}
why do people {v} {n}s
which {n} is the best
which {n} should i buy
tell me about {p}
tell me about [the] {n}
tell me something about {n}
tell me a joke about [a] {n}
explain {n} [to me]
what do you think about [the] {n}
what do you know about {n}
do you know {p}
do you like {n}
do you have a {n}
can you {v} a {n}
can you explain {n}
could you {v} my {n} [please]
is [the] {n} {a}
is there a {n} in {l}
are {n}s dangerous
should i {v} the {n}
did {p} like {n}
write [me] (an essay|a program|a song|a letter|code) about {n}
translate {n} into (french|german|latin|japanese)
what is the best way to {v} a {n}
what is the difference between a {n} and a {n}
what is the population of {l}
what is the price of {n}
how far is it to {l}
how long does it take to {v} a {n}
recommend [me] a {n}
what was the first {n}
is {p} still alive
what color is the {n}
name a famous {n}""".split("\n")
UNKNOWN_STATEMENTS = """i like [my|the] {n}
i have a {a} {n}
i (bought|saw|lost|found) a {n} [yesterday|today]
i (went|was|am going) to {l} [yesterday|with my friend]
i want to {v} a {n}
i think the {n} is {a}
my {n} is {a}
my (brother|sister|mother|father|friend) likes {n}
my (brother|sister|mother|father|friend) lives in {l}
the {n} is {a}
the {a} {n} (fell|stood|lay) near the {n}
there is a {n} in {l}
we {v} the {n} every day
she said that the {n} was {a}
he went to {l} to {v} a {n}
they are all {a} in {l}
it was a {a} day in {l}
yesterday {p} came to {l}
{p} was a {a} man
i work with {n}s
nobody knows where the {n} is
the {n} and the {n} are {a}""".split("\n")

UNKNOWN_REPLIES = [
    "I do not know that yet. I can tell jokes and stories, count, and do sums up to twenty.",
    "That is beyond my little brain. Ask me for a joke, a story, a riddle, or a sum up to twenty.",
    "I am only a small model and do not know that. A bigger one will: put its file into my models folder.",
]
STATEMENT_REPLIES = [
    "I see. I am only a small model, so I have little to say about that. Shall we try a joke or a riddle?",
    "That is interesting, but beyond my little brain. Ask me for a story, a joke, or a sum.",
]
GARBLED_REPLIES = [
    "Sorry, I did not catch that. Could you say it again?",
    "I am afraid I did not understand. Please say it once more.",
]
