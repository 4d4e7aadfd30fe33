import { createI18n } from 'petite-vue-i18n'
import { expect, test } from 'vitest'
import de from '../../form/messages/de'
import en from '../../form/messages/en'

const LANGUAGES = { en, de }

test.each(Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[])('every sentence of %s can be said, of one and of many', (locale) => {
  const { global: { t } } = createI18n({ legacy: false, locale, messages: LANGUAGES })
  for (const [key, message] of Object.entries(LANGUAGES[locale])) {
    for (const n of [1, 7]) {
      const said = t(key, n)
      expect(said).not.toMatch(/[{}|]/)
      if (message.includes('{n}') && n === 7) expect(said).toContain('7')
    }
  }
  expect(t('email_wrong')).toContain('name@example.com')
})
