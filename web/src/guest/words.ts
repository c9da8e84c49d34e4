/* The customer's page speaks the language of his browser, Russian or English; it brings nothing of the centre's. */

export interface Words {
  title: string;
  intro: string;
  consent: string;
  withCamera: string;
  voiceOnly: string;
  asking: string;
  calling: string;
  waiting: string;
  talking: string;
  over: string;
  thanks: string;
  again: string;
  used: string;
  expired: string;
  unknown: string;
  denied: string;
  insecure: string;
  failed: string;
  mute: string;
  unmute: string;
  cameraOn: string;
  cameraOff: string;
  hangUp: string;
  you: string;
  agent: string;
  noPicture: string;
}

const ru: Words = {
  title: 'Видеозвонок',
  intro: 'Вас пригласили на разговор прямо в браузере. Ничего устанавливать не нужно.',
  consent:
    'Нажимая «Включить камеру и позвонить», вы соглашаетесь показать оператору изображение с вашей камеры. Голос разговора может записываться, изображение не записывается.',
  withCamera: 'Включить камеру и позвонить',
  voiceOnly: 'Позвонить без камеры',
  asking: 'Браузер спрашивает разрешение: нажмите «Разрешить».',
  calling: 'Соединяем…',
  waiting: 'Ищем свободного оператора. Пожалуйста, оставайтесь на линии.',
  talking: 'Идёт разговор',
  over: 'Разговор окончен',
  thanks: 'Спасибо! Эту страницу можно закрыть.',
  again: 'Вернуться в разговор',
  used: 'По этой ссылке уже поговорили. Попросите оператора прислать новую.',
  expired: 'Срок этой ссылки истёк. Попросите оператора прислать новую.',
  unknown: 'Такой ссылки нет. Проверьте, что адрес скопирован целиком.',
  denied:
    'Браузер не дал микрофон или камеру. Разрешите их у адресной строки и попробуйте ещё раз, или позвоните без камеры.',
  insecure: 'Микрофон и камера работают только на защищённой странице (https).',
  failed: 'Не удалось соединиться. Проверьте интернет и попробуйте ещё раз.',
  mute: 'Выключить микрофон',
  unmute: 'Включить микрофон',
  cameraOn: 'Включить камеру',
  cameraOff: 'Выключить камеру',
  hangUp: 'Завершить',
  you: 'Вы',
  agent: 'Оператор',
  noPicture: 'Оператор вас слышит. Его камера выключена.',
};

const en: Words = {
  title: 'Video call',
  intro: 'You are invited to talk right here in the browser. There is nothing to install.',
  consent:
    'By pressing “Turn on the camera and call” you agree to show the agent the picture of your camera. The voice may be recorded; the picture is not.',
  withCamera: 'Turn on the camera and call',
  voiceOnly: 'Call without a camera',
  asking: 'The browser asks for permission: press “Allow”.',
  calling: 'Connecting…',
  waiting: 'Looking for a free agent. Please stay on the line.',
  talking: 'In the call',
  over: 'The call is over',
  thanks: 'Thank you! You may close this page.',
  again: 'Back to the call',
  used: 'This link has been used. Ask the agent for a new one.',
  expired: 'This link has expired. Ask the agent for a new one.',
  unknown: 'There is no such link. Check that the whole address was copied.',
  denied:
    'The browser gave no microphone or camera. Allow them beside the address and try again, or call without a camera.',
  insecure: 'Microphone and camera work on a secure page (https) only.',
  failed: 'The connection failed. Check the internet and try again.',
  mute: 'Microphone off',
  unmute: 'Microphone on',
  cameraOn: 'Camera on',
  cameraOff: 'Camera off',
  hangUp: 'Hang up',
  you: 'You',
  agent: 'Agent',
  noPicture: 'The agent hears you. His camera is off.',
};

export const languageOf = (wanted: string): 'ru' | 'en' => (/^(ru|be|kk|uk)\b/i.test(wanted) ? 'ru' : 'en');
export const wordsOf = (language: 'ru' | 'en'): Words => (language === 'ru' ? ru : en);
