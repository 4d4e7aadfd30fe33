import { createApp } from 'vue'
import { createI18n } from 'petite-vue-i18n'
import ui from '@nuxt/ui/vue-plugin'
import FormPage from './FormPage.vue'
import { keepForm } from './keep-form'
import de from './messages/de'
import en from './messages/en'
import './main.css'

const locale = navigator.languages.map(language => language.split('-')[0]).find(language => language === 'en' || language === 'de') ?? 'en'
document.documentElement.lang = locale

const dark = matchMedia('(prefers-color-scheme: dark)')
const follow = () => document.documentElement.classList.toggle('dark', dark.matches)
dark.addEventListener('change', follow)
follow()

const i18n = createI18n({ legacy: false, locale, fallbackLocale: 'en', messages: { en, de } })
// `/f/<short name>`, with whatever stands behind it; a short name needs no other spelling in an address.
const company = location.pathname.split('/')[2] ?? ''
createApp(FormPage, { company }).use(i18n).use(ui).mount('#form')
keepForm()
