// Starts the console: language, session, first page.
import { render } from 'preact';
import './styles.css';
import { speak, t } from './i18n';
import { resume } from './session';
import { language } from './state';
import { App } from './app';
import { ProblemBox } from './ui/basics';

const root = document.getElementById('app')!;

async function begin(): Promise<void> {
  const speaking = speak(language.value);
  try {
    await Promise.all([speaking, resume()]);
    render(<App />, root);
  } catch (problem) {
    await speaking;
    render(<main class="door"><ProblemBox problem={problem} retry={() => { render(null, root); void begin(); }} /><p class="unseen">{t('problem-unknown')}</p></main>, root);
  }
}

void begin();
