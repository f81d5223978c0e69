//! Sentences without the phrase that synthetic voices say, as examples of other speech.

use crate::phrases::primary;

/// The languages that have sentences here. The count of those is odd where it is small: pairs of sentences that follow
/// one another then come back in other pairs.
const SENTENCES: [(&str, &[&str]); 10] = [
    ("en", ENGLISH),
    ("ru", RUSSIAN),
    ("de", GERMAN),
    ("fr", FRENCH),
    ("es", SPANISH),
    ("it", ITALIAN),
    ("pt", PORTUGUESE),
    ("nl", DUTCH),
    ("pl", POLISH),
    ("uk", UKRAINIAN),
];

/// The sentences for voices of the language `code`. A language that has none here gets the English ones or, for a
/// `cyrillic` phrase, the Russian ones: its voices read them by its own rules.
pub fn sentences(code: &str, cyrillic: bool) -> &'static [&'static str] {
    let own = SENTENCES.iter().find(|(language, _)| *language == primary(code)).map(|(_, sentences)| *sentences);
    own.unwrap_or(if cyrillic { RUSSIAN } else { ENGLISH })
}

/// Everyday English.
const ENGLISH: &[&str] = &[
    "What time does the train leave tomorrow morning?",
    "I left my keys on the kitchen table again.",
    "The weather has been strange for the whole week.",
    "Could you pass me the salt, please?",
    "She told him that the meeting was moved to Thursday.",
    "We should buy some bread and a bottle of milk.",
    "The children are playing in the garden behind the house.",
    "He has worked for that company for almost twenty years.",
    "Turn left at the next corner and walk down to the river.",
    "I do not think that this is a good idea at all.",
    "They watched a film about the history of the railway.",
    "My brother plays the guitar in a small band.",
    "It is getting late, and the shops are about to close.",
    "Please call me back when you have read the letter.",
    "The doctor said that she should rest for a few days.",
    "There was a long queue in front of the museum.",
    "Have you seen the news about the elections?",
    "The old bridge was closed because of the flood.",
    "Let us meet at half past seven at the usual place.",
    "The cat sat on the window sill and looked at the birds.",
    "Nobody knows why the machine stopped working.",
    "I would like to book a table for four people.",
    "The results will be published at the end of the year.",
    "You can find the answer on page ninety six.",
    "The wind blew the leaves across the empty street.",
    "His voice was so quiet that I could hardly hear him.",
    "We are going to paint the walls light green.",
    "Most of the people here speak more than one language.",
    "The engine makes a funny noise when it is cold.",
    "After the break we will talk about the new law.",
    "Hey, how are you doing today?",
    "Okay, that sounds good to me.",
    "Hello, who is speaking, please?",
    "Well, it depends on how much it costs.",
    "Yes, of course, you are welcome.",
    "No, I have never been there before.",
];

/// Everyday Russian.
const RUSSIAN: &[&str] = &[
    "Во сколько завтра утром отходит поезд?",
    "Я опять оставил ключи на кухонном столе.",
    "Погода всю неделю была какой-то странной.",
    "Передай мне, пожалуйста, соль.",
    "Она сказала ему, что встречу перенесли на четверг.",
    "Надо купить хлеба и бутылку молока.",
    "Дети играют в саду за домом.",
    "Он работает в этой компании почти двадцать лет.",
    "На следующем углу поверните налево и идите к реке.",
    "Мне кажется, что это совсем не хорошая мысль.",
    "Они смотрели фильм об истории железной дороги.",
    "Мой брат играет на гитаре в маленькой группе.",
    "Уже поздно, и магазины скоро закроются.",
    "Перезвони мне, когда прочитаешь письмо.",
    "Врач сказал, что ей нужно отдохнуть несколько дней.",
    "Перед музеем стояла длинная очередь.",
    "Ты видел новости о выборах?",
    "Старый мост закрыли из-за наводнения.",
    "Давай встретимся в половине восьмого на обычном месте.",
    "Кошка сидела на подоконнике и смотрела на птиц.",
    "Никто не знает, почему машина перестала работать.",
    "Я хотел бы заказать столик на четверых.",
    "Результаты опубликуют в конце года.",
    "Ответ можно найти на странице девяносто шесть.",
    "Ветер гнал листья по пустой улице.",
    "Голос у него был такой тихий, что я едва его слышал.",
    "Мы собираемся покрасить стены в светло-зелёный цвет.",
    "Большинство людей здесь говорит на нескольких языках.",
    "Привет, как у тебя сегодня дела?",
    "Хорошо, меня это устраивает.",
    "Алло, кто это говорит?",
    "Ну, смотря сколько это стоит.",
    "Да, конечно, пожалуйста.",
    "Нет, я никогда там не был.",
    "Двигатель странно шумит, когда холодно.",
    "После перерыва поговорим о новом законе.",
];

/// Everyday German.
const GERMAN: &[&str] = &[
    "Wann fährt morgen früh der erste Bus in die Stadt?",
    "Ich habe meinen Schlüssel schon wieder im Büro vergessen.",
    "Das Wetter war die ganze Woche ziemlich seltsam.",
    "Könntest du mir bitte das Salz geben?",
    "Wir müssen noch Brot, Milch und ein paar Äpfel kaufen.",
    "Die Kinder spielen hinter dem Haus im Garten.",
    "Mein Bruder arbeitet seit zwanzig Jahren in derselben Firma.",
    "An der nächsten Ecke gehen Sie links und dann immer geradeaus.",
    "Sie hat gesagt, dass die Besprechung auf Donnerstag verschoben wurde.",
    "Ruf mich bitte zurück, wenn du den Brief gelesen hast.",
    "Vor dem Museum stand eine lange Schlange.",
    "Ich möchte gern einen Tisch für vier Personen bestellen.",
    "Niemand weiß, warum die Maschine plötzlich stehen blieb.",
    "Nach der Pause sprechen wir über das neue Gesetz.",
    "Ja, natürlich, das können wir so machen.",
];

/// Everyday French.
const FRENCH: &[&str] = &[
    "À quelle heure part le premier train demain matin ?",
    "J'ai encore oublié mes clés sur la table de la cuisine.",
    "Le temps a été bizarre pendant toute la semaine.",
    "Tu peux me passer le sel, s'il te plaît ?",
    "Il faut acheter du pain, du lait et quelques pommes.",
    "Les enfants jouent dans le jardin derrière la maison.",
    "Mon frère travaille dans cette entreprise depuis vingt ans.",
    "Tournez à gauche au prochain coin, puis allez tout droit.",
    "Elle lui a dit que la réunion était reportée à jeudi.",
    "Rappelle-moi quand tu auras lu la lettre.",
    "Il y avait une longue file d'attente devant le musée.",
    "Je voudrais réserver une table pour quatre personnes.",
    "Personne ne sait pourquoi la machine s'est arrêtée.",
    "Après la pause, nous parlerons de la nouvelle loi.",
    "Oui, bien sûr, cela me convient très bien.",
];

/// Everyday Spanish.
const SPANISH: &[&str] = &[
    "¿A qué hora sale mañana el primer tren?",
    "Otra vez he dejado las llaves en la mesa de la cocina.",
    "El tiempo ha estado raro toda la semana.",
    "¿Me puedes pasar la sal, por favor?",
    "Tenemos que comprar pan, leche y unas manzanas.",
    "Los niños juegan en el jardín detrás de la casa.",
    "Mi hermano trabaja en esa empresa desde hace veinte años.",
    "En la próxima esquina gire a la izquierda y siga recto.",
    "Ella le dijo que la reunión se pasó al jueves.",
    "Llámame cuando hayas leído la carta.",
    "Había una cola muy larga delante del museo.",
    "Quisiera reservar una mesa para cuatro personas.",
    "Nadie sabe por qué se paró la máquina.",
    "Después de la pausa hablaremos de la nueva ley.",
    "Sí, claro, me parece muy bien.",
];

/// Everyday Italian.
const ITALIAN: &[&str] = &[
    "A che ora parte il primo treno domani mattina?",
    "Ho lasciato di nuovo le chiavi sul tavolo della cucina.",
    "Il tempo è stato strano per tutta la settimana.",
    "Mi passi il sale, per favore?",
    "Dobbiamo comprare il pane, il latte e qualche mela.",
    "I bambini giocano nel giardino dietro la casa.",
    "Mio fratello lavora in quella ditta da vent'anni.",
    "Al prossimo angolo giri a sinistra e poi vada sempre dritto.",
    "Lei gli ha detto che la riunione è stata spostata a giovedì.",
    "Richiamami quando avrai letto la lettera.",
    "C'era una lunga fila davanti al museo.",
    "Vorrei prenotare un tavolo per quattro persone.",
    "Nessuno sa perché la macchina si è fermata.",
    "Dopo la pausa parleremo della nuova legge.",
    "Sì, certo, per me va benissimo.",
];

/// Everyday Portuguese, of words that are usual on both sides of the ocean.
const PORTUGUESE: &[&str] = &[
    "A que horas sai o primeiro avião amanhã de manhã?",
    "Deixei outra vez as chaves em cima da mesa da cozinha.",
    "O tempo esteve estranho a semana toda.",
    "Passe o sal, por favor.",
    "Temos de comprar pão, leite e algumas maçãs.",
    "As crianças brincam no jardim atrás da casa.",
    "O meu irmão trabalha nessa empresa há vinte anos.",
    "Na próxima esquina vire à esquerda e siga em frente.",
    "Ela disse que a reunião ficou para quinta-feira.",
    "Ligue para mim quando tiver lido a carta.",
    "Havia uma fila muito longa na frente do museu.",
    "Eu queria reservar uma mesa para quatro pessoas.",
    "Ninguém sabe por que a máquina parou.",
    "Depois do intervalo vamos falar da nova lei.",
    "Sim, claro, está muito bem assim.",
];

/// Everyday Dutch.
const DUTCH: &[&str] = &[
    "Hoe laat vertrekt morgenochtend de eerste trein?",
    "Ik heb mijn sleutels weer op de keukentafel laten liggen.",
    "Het weer was de hele week een beetje vreemd.",
    "Kun je mij even het zout geven, alsjeblieft?",
    "We moeten nog brood, melk en een paar appels kopen.",
    "De kinderen spelen in de tuin achter het huis.",
    "Mijn broer werkt al twintig jaar bij hetzelfde bedrijf.",
    "Ga bij de volgende hoek linksaf en dan steeds rechtdoor.",
    "Ze zei tegen hem dat de vergadering naar donderdag is verplaatst.",
    "Bel me terug als je de brief hebt gelezen.",
    "Er stond een lange rij voor het museum.",
    "Ik wil graag een tafel voor vier personen reserveren.",
    "Niemand weet waarom de machine ineens stilstaat.",
    "Na de pauze praten we over de nieuwe wet.",
    "Ja hoor, dat vind ik prima.",
];

/// Everyday Polish.
const POLISH: &[&str] = &[
    "O której godzinie odjeżdża jutro pierwszy pociąg?",
    "Znowu zostawiłem klucze na stole w kuchni.",
    "Przez cały tydzień pogoda była jakaś dziwna.",
    "Podaj mi sól, proszę.",
    "Musimy kupić chleb, mleko i kilka jabłek.",
    "Dzieci bawią się w ogrodzie za domem.",
    "Mój brat pracuje w tej firmie od dwudziestu lat.",
    "Na następnym rogu proszę skręcić w lewo i iść prosto.",
    "Powiedziała mu, że spotkanie przeniesiono na czwartek.",
    "Zadzwoń do mnie, kiedy przeczytasz list.",
    "Przed muzeum stała długa kolejka.",
    "Chciałbym zarezerwować stolik dla czterech osób.",
    "Nikt nie wie, dlaczego maszyna się zatrzymała.",
    "Po przerwie porozmawiamy o nowej ustawie.",
    "Tak, oczywiście, bardzo mi to pasuje.",
];

/// Everyday Ukrainian.
const UKRAINIAN: &[&str] = &[
    "О котрій годині завтра вранці відходить перший потяг?",
    "Я знову залишив ключі на кухонному столі.",
    "Погода цілий тиждень була якась дивна.",
    "Передай мені, будь ласка, сіль.",
    "Треба купити хліба, молока й кілька яблук.",
    "Діти граються в саду за будинком.",
    "Мій брат працює в цій фірмі вже двадцять років.",
    "На наступному розі поверніть ліворуч і йдіть прямо.",
    "Вона сказала йому, що зустріч перенесли на четвер.",
    "Зателефонуй мені, коли прочитаєш листа.",
    "Перед музеєм стояла довга черга.",
    "Я хотів би замовити столик на чотирьох.",
    "Ніхто не знає, чому машина раптом зупинилася.",
    "Після перерви поговоримо про новий закон.",
    "Так, звичайно, мене це влаштовує.",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_has_its_own_sentences_or_those_of_its_letters() {
        assert_eq!(
            (sentences("en", false), sentences("en-us", false), sentences("ru", true)),
            (ENGLISH, ENGLISH, RUSSIAN)
        );
        assert_eq!((sentences("de", false), sentences("uk", true)), (GERMAN, UKRAINIAN));
        assert_eq!((sentences("pt-br", false), sentences("es-419", false)), (PORTUGUESE, SPANISH));
        assert_eq!((sentences("fi", false), sentences("bg", true)), (ENGLISH, RUSSIAN));
        assert_eq!((sentences("sr", false), sentences("sr", true)), (ENGLISH, RUSSIAN));
    }

    #[test]
    fn few_sentences_come_in_many_pairs() {
        for (language, sentences) in SENTENCES {
            assert!(sentences.len() >= 30 || (sentences.len() >= 12 && sentences.len() % 2 == 1), "{language}");
        }
    }
}
