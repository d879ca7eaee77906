"""What people say, word for word, and what is said back: sentences, skills and answers together."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml
from hassil import Intents

from assistant.config import Settings
from assistant.errors import SkillError
from assistant.skills.api import Call, Outcome, Skill
from assistant.understanding.actions import SkillAction
from assistant.understanding.library import Library, find_files, read_files, sayings
from assistant.understanding.registry import load_skills
from assistant.understanding.spoken import words_of

ROOT = Path(__file__).parents[2]
HOME = ROOT / "examples" / "home.yaml"
FILES = [*sorted((ROOT / "assistant" / "skills").glob("*.yaml")), HOME]


@pytest.fixture(scope="module")
def library() -> Library:
    read, faults = read_files(find_files(Settings()), "en")
    assert faults == []
    return read


class House:
    """Answers as the daemon would, by the words alone."""

    def __init__(self, library: Library, skills: dict[str, Skill]) -> None:
        self.library = library
        self.skills = skills

    def say(self, text: str) -> str:
        """The answer; a question to be confirmed is confirmed."""
        matches = self.library.matcher.match(words_of(text))
        assert matches, f"not understood: {text}"
        match = matches[0]
        action = match.template.intent.action
        assert isinstance(action, SkillAction)
        call = Call(match.intent, match.slots, match.text)
        try:
            outcome: Outcome = getattr(self.skills[action.skill], action.method)(call)
        except SkillError as error:
            return str(error)
        if outcome.text is not None:
            return outcome.text
        answers = match.template.intent.answers
        template = answers.get(outcome.variant) or answers[""]
        return template.render(match.slots, outcome.facts)


@pytest.fixture
def house(library: Library, world: Any) -> House:
    surroundings = world.surroundings
    world.examples += sayings(library)
    skills, faults = load_skills(surroundings)
    assert faults == []
    return House(library, skills)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_hassil_reads_every_file(path: Path) -> None:
    """The files are Home Assistant's language, readable by its own library."""
    intents = Intents.from_dict(yaml.safe_load(path.read_text()))
    sentences = [
        sentence
        for intent in intents.intents.values()
        for data in intent.data
        for sentence in data.sentences
    ]
    assert sentences and all(sentence.text_chunk_count() >= 0 for sentence in sentences)


SAID = {
    "StartTimer": [
        "set a timer for three hours and ten minutes",
        "set a timer for thirty seconds",
        "please start a five minute timer",
        "can you set a ten minute pizza timer",
        "set a pizza timer for ten minutes",
        "start a timer called eggs for six minutes please",
        "set another timer for half an hour",
        "timer for an hour and a half",
        "set a timer",
        "set an eight minute timer",
        "set an egg timer",
        "set the timer to ten minutes",
        "start a ten minute countdown",
        "hey could you please set me a timer for one minute",
    ],
    "CancelTimer": ["cancel timer", "cancel the timer", "stop the pizza timer",
                    "cancel the five minute timer", "turn off my timer"],
    "CancelAllTimers": ["cancel all timers", "delete all of my timers", "cancel every timer"],
    "PauseTimer": ["pause timer", "pause the pizza timer"],
    "ResumeTimer": ["resume timer", "continue my timer", "resume the ten minute timer"],
    "LengthenTimer": ["add two minutes to the timer", "extend the pizza timer by a minute",
                      "give me five more minutes", "add five minutes to my pizza timer"],
    "ShortenTimer": ["take two minutes off the timer", "make the pizza timer a minute shorter"],
    "TimerStatus": ["timer status", "how much time is left", "how long is left on the pizza timer",
                    "how much time is left on the five minute timer", "what timers are running",
                    "how much longer", "how long on the pizza timer", "check my timer",
                    "when does the pizza timer end"],
    "SetAlarm": ["set an alarm for seven thirty a m", "wake me up at six",
                 "wake me at half past six",
                 "wake me up tomorrow at seven in the morning", "set an alarm for monday at eight",
                 "set an alarm for every monday and friday at six", "alarm at noon",
                 "wake me up every day at quarter to seven", "set an alarm at seven on weekdays"],
    "ListAlarms": ["what are my alarms", "what alarms do i have", "list my alarms",
                   "are there any alarms"],
    "NextAlarm": ["when is my next alarm", "what time is my alarm"],
    "CancelAlarm": ["cancel my alarm", "turn off the seven thirty alarm", "turn the alarm off",
                    "cancel the alarm tomorrow", "don't wake me up tomorrow"],
    "CancelAllAlarms": ["cancel all my alarms", "delete all alarms"],
    "Snooze": ["snooze", "snooze for ten minutes", "let me sleep"],
    "SetReminder": ["remind me to call my mother at five",
                    "remind me in ten minutes to check the oven",
                    "remind me tomorrow at eight to take out the trash",
                    "remind me to water the plants every monday",
                    "set a reminder to call the bank tomorrow at nine",
                    "remind me about the meeting in an hour"],
    "ListReminders": ["what reminders do i have", "what are my reminders"],
    "CancelReminder": ["cancel the reminder to call my mother"],
    "Time": ["what time is it", "what's the time", "tell me the time", "what time is it right now"],
    "TimeInCity": ["what time is it in new york", "what's the time in tokyo"],
    "Date": ["what's the date", "what is today's date", "what date is it"],
    "Weekday": ["what day is it", "what day is it today", "what day of the week is it"],
    "DayOf": ["what day is christmas", "what day is tomorrow", "what date is it on friday",
              "what day is the third of june", "what day is it in ten days"],
    "DaysUntil": ["how many days until christmas", "how long is it till the first of july"],
    "Week": ["what week is it", "what week of the year is it"],
    "SetVolume": ["set the volume to fifty percent", "volume seven", "turn the volume up to eighty",
                  "set volume to three", "maximum volume"],
    "VolumeUp": ["turn it up", "louder", "turn up the volume", "volume up", "make it a bit louder",
                 "turn the volume up by ten percent", "increase the volume"],
    "VolumeDown": ["turn it down", "quieter", "turn the volume down", "lower the volume a little"],
    "Mute": ["mute", "mute the sound"],
    "Unmute": ["unmute", "turn the sound back on"],
    "VolumeLevel": ["what's the volume", "how loud is it"],
    "MediaPlay": ["resume", "play music", "play", "continue the music", "keep playing"],
    "MediaPause": ["pause", "pause the music", "pause it"],
    "MediaStop": ["stop the music", "stop playing", "turn off the music"],
    "MediaNext": ["next", "skip", "next song", "skip this song", "play the next track"],
    "MediaPrevious": ["previous", "go back to the previous song", "last song"],
    "MediaPlaying": ["what is playing", "what song is this", "who sings this"],
    "Stop": ["stop", "stop it", "be quiet", "that's enough"],
    "Cancel": ["nevermind", "never mind", "forget it", "cancel"],
    "Repeat": ["repeat that", "say that again", "what did you say"],
    "Help": ["what can i say", "help", "what can you do"],
    "HelpAbout": ["what can i say about timers", "help me with lists"],
    "Thanks": ["thank you", "thanks a lot"],
    "Hello": ["hello", "good morning", "how are you"],
    "Who": ["who are you", "what's your name"],
    "Calculate": ["what is seventeen times twenty three", "how much is two plus two",
                  "what's a hundred divided by eight", "seven minus nine", "add three and four",
                  "what is two plus three times four", "multiply six by seven"],
    "PercentOf": ["what is twenty percent of eighty", "fifteen percent of two hundred"],
    "PercentOff": ["what is twenty percent off eighty"],
    "PartOf": ["what is half of ninety", "what's a third of twelve"],
    "Root": ["what is the square root of two", "square root of sixteen"],
    "Power": ["what is seven squared", "what is the cube of three"],
    "ConvertUnits": ["how many cups in a litre", "how many cups are in a liter",
                     "convert ten miles to kilometers", "how many grams are in two pounds",
                     "what is seventy degrees fahrenheit in celsius", "five feet in meters"],
    "AddToList": ["add apples to my shopping list", "put milk and eggs on the shopping list",
                  "add call the plumber to my to do list", "add tent to the camping list",
                  "add milk eggs and a loaf of bread to my list"],
    "RemoveFromList": ["remove milk from my shopping list", "take eggs off the list"],
    "ReadList": ["what's on my shopping list", "read my to do list", "what do i need to buy",
                 "what's on the camping list"],
    "OnList": ["is milk on my shopping list"],
    "ClearList": ["clear my shopping list", "empty the to do list", "clear the camping list"],
    "MakeList": ["make a packing list", "create a new list called party"],
    "DeleteList": ["delete the packing list"],
    "ListLists": ["what lists do i have"],
    "TakeNote": ["take a note buy flowers for anna", "make a note that the door squeaks"],
    "ReadNotes": ["read my notes", "what are my last notes"],
    "ReadLastNote": ["read my last note"],
    "DeleteLastNote": ["delete my last note", "delete that note"],
    "Translate": ["translate good morning to french", "how do you say thank you in spanish",
                  "what is i am hungry in german"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("intent", "said"), [(intent, said) for intent, all_said in SAID.items() for said in all_said]
)
def test_what_people_say(library: Library, intent: str, said: str) -> None:
    """Each means its intent, and no other before it."""
    matches = library.matcher.match(words_of(said))
    assert matches and matches[0].intent == intent


def test_politeness_is_no_name(library: Library) -> None:
    """What is said around a command does not become the timer's label."""
    match = library.matcher.match(words_of("hey could you please set me a timer for one minute"))[0]
    assert set(match.slots) == {"duration"}


def test_every_intent_is_said(library: Library) -> None:
    """The table above leaves none out, save those that are asked for."""
    known = {template.intent.name for template in library.sentences.templates}
    left_out = known - set(SAID)
    assert left_out == {"Yes", "No", "TimerLength", "Year", "Month", "CancelAllReminders"}


def test_a_conversation(house: House) -> None:
    """Wednesday, May 6th 2026, 8 am: answers as they are spoken."""
    talk = [
        ("set a timer", "For how long?"),
        ("ten minutes", "10 minutes, starting now."),
        ("set an egg timer", "For how long?"),
        ("four minutes", "4 minutes for egg, starting now."),
        ("cancel the egg timer", "Cancelled the egg timer."),
        ("set a pizza timer for one hour", "1 hour for pizza, starting now."),
        ("timer status", "2 timers: 10 minutes left on the 10 minute timer and "
                         "1 hour left on the pizza timer."),
        ("add five minutes to the pizza timer",
         "The pizza timer has 1 hour and 5 minutes left now."),
        ("pause the pizza timer", "Paused the pizza timer, with 1 hour and 5 minutes left."),
        ("resume timer", "Going on with the pizza timer, 1 hour and 5 minutes left."),
        ("cancel timer", "Which one: the 10 minute timer or the pizza timer?"),
        ("cancel all timers", "Cancelled 2 timers."),
        ("timer status", "There is no timer."),
        ("wake me up at seven on weekdays", "Alarm set for 7 am on weekdays."),
        ("set an alarm for tomorrow at six in the evening", "Alarm set for 6 pm tomorrow."),
        ("set an alarm", "For what time? Say, for instance: set an alarm for seven."),
        ("when is my next alarm", "Your next alarm is at 7 am on weekdays."),
        ("what alarms do i have", "2 alarms: 7 am on weekdays and 6 pm tomorrow."),
        ("cancel the alarm at seven", "Cancelled the alarm at 7 am on weekdays."),
        ("remind me to call my mother at five", "I will remind you at 5 pm: call your mother."),
        ("what are my reminders", "1 reminder: 5 pm: call your mother."),
        ("what time is it", "It is 8 am."),
        ("what time is it in new york", "In New York it is 2 am."),
        ("what's the date", "It is Wednesday, May 6th."),
        ("how many days until christmas", "233 days."),
        ("what day is tomorrow", "Tomorrow is Thursday, May 7th."),
        ("what is seventeen times twenty three", "That is 391."),
        ("what is ten divided by three", "That is about 3.3333."),
        ("what is one divided by zero", "I cannot divide by zero."),
        ("how many cups in a litre", "1 litre is about 4.227 cups."),
        ("add milk eggs and a loaf of bread to my shopping list",
         "Added milk, eggs and a loaf of bread to the shopping list."),
        ("add an egg to my shopping list", "The shopping list has an egg already."),
        ("what's on my shopping list",
         "On the shopping list: milk, eggs and a loaf of bread."),
        ("is beer on my shopping list", "No, the shopping list does not have beer."),
        ("what lists do i have", "Your lists are shopping and to-do."),
        ("clear my shopping list", "The shopping list is empty now."),
        ("add tent to the camping list",
         "There is no camping list. To begin one, say: make a camping list."),
        ("take a note buy flowers", "Noted."),
        ("read my last note", "Today: buy flowers."),
        ("translate good morning to english", "good morning"),
        ("nevermind", "All right."),
        ("snooze", "No alarm is ringing."),
    ]  # fmt: skip
    for said, answer in talk:
        assert house.say(said) == answer, said


def test_help_gives_sentences_that_work(house: House) -> None:
    """Whatever is shown as an example is understood."""
    for _ in range(30):
        answer = house.say("what can i say").removeprefix("You can say, for instance: ")
        assert "(" not in answer and "phrase" not in answer
        for example in answer.rstrip(".").replace(" or ", ", ").split(", "):
            assert house.library.matcher.match(words_of(example)), example


def test_the_example_house_understands_the_recordings() -> None:
    """``examples/home.yaml`` has no fault, and knows what a smart home's user says."""
    read, faults = read_files(find_files(Settings(), [HOME]), "en")
    assert faults == []
    with (ROOT / "tests" / "recordings" / "recordings.tsv").open() as table:
        said = [
            row["text"]
            for row in csv.DictReader(table, delimiter="\t")
            if row["file"].startswith("home-commands") and row["text"]
        ]
    assert len(said) > 20
    assert [text for text in said if not read.matcher.match(words_of(text))] == []
