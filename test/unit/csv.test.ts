import { expect, test } from 'vitest'
import { csvField, csvLine } from '../../apps/web/shared/leads/csv'

test.each([
  ['a word', 'Ada', 'Ada'],
  ['nothing', '', ''],
  ['a comma', 'Lovelace, Ada', '"Lovelace, Ada"'],
  ['quotes', 'the "first"', '"the ""first"""'],
  ['lines', 'one\ntwo', '"one\ntwo"'],
  ['a line of Windows', 'one\r\ntwo', '"one\r\ntwo"'],
  ['an emoji and a word from right to left', '👩‍💻 مرحبا', '👩‍💻 مرحبا'],
  ['a sign within', 'a=b', 'a=b'],
  // What a program for tables would run.
  ['=', '=HYPERLINK("https://evil.example","click")', '"\'=HYPERLINK(""https://evil.example"",""click"")"'],
  ['+', '+49 30 1234', '\'+49 30 1234'],
  ['-', '-2+3+cmd|\' /C calc\'!A0', '\'-2+3+cmd|\' /C calc\'!A0'],
  ['@', '@SUM(1+1)', '\'@SUM(1+1)'],
  ['a tab', '\t=1+1', '"\'\t\'=1+1"'],
  ['a tab before a word', '\tword', '"\'\tword"'],
  ['CR', '\r=1+1', '"\'\r\'=1+1"'],
  ['LF', '\n=1+1', '"\'\n\'=1+1"'],
  ['spaces before it', '  =1+1', '\'  =1+1'],
  ['what nobody sees before it', '\u200B=1+1', '\'\u200B=1+1'],
  ['the mark of UTF-8 before it', '\uFEFF=1+1', '\'\uFEFF=1+1'],
  ['a wide sign', '\uFF1D1+1', '\'\uFF1D1+1'],
  ['a formula and a comma', '=1,2', '"\'=1,2"'],
  ['a formula in quotes', '"=1+1"', '"\'""=1+1"""'],
  ['a formula after what other programs part cells at', 'Hello;=1+1', '"Hello;\'=1+1"'],
  ['the same on a line of its own', 'Hello;\n"=1+1', '"Hello;\n""\'=1+1"'],
  ['a line that begins with a sign', 'Hello\n@SUM(1)', '"Hello\n\'@SUM(1)"'],
])('%s', (_, value, field) => {
  expect(csvField(value)).toBe(field)
})

test('a line ends as programs for tables expect it, and its fields stay apart', () => {
  expect(csvLine(['a', 'b,c', '=d'])).toBe('a,"b,c",\'=d\r\n')
})

test('what a visitor wrote to keep the page busy is a field in no time', () => {
  const began = performance.now()
  expect(csvField(`a${'\r\n'.repeat(5_000)}b`)).toHaveLength(10_004)
  // Looked at anew from each of its lines it took 10^8 steps.
  expect(performance.now() - began).toBeLessThan(100)
})
