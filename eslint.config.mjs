import { createConfigForNuxt } from '@nuxt/eslint-config'

/**
 * A list or object that lives as long as the module: on the server every request of every person shares it, and in a
 * tab it outlives sign-out. Constants are fine (nothing mutable is made); so is what a function makes when called.
 */
const moduleState = [
  {
    selector: 'Program > VariableDeclaration[kind=/^(let|var)$/], Program > ExportNamedDeclaration > VariableDeclaration[kind=/^(let|var)$/]',
    message: 'Module-level state leaks between requests and people: make it inside the composable or plugin.',
  },
  ...['Program > VariableDeclaration', 'Program > ExportNamedDeclaration > VariableDeclaration'].flatMap(place => [
    `${place} > VariableDeclarator > CallExpression.init[callee.name=/^(ref|shallowRef|reactive|shallowReactive|computed|customRef|effectScope|useState)$/]`,
    `${place} > VariableDeclarator > NewExpression.init[callee.name=/^(Map|Set|WeakMap|WeakSet|BroadcastChannel|Worker|AbortController|EventTarget)$/]`,
  ].map(selector => ({
    selector,
    message: 'Module-level state leaks between requests and people: make it inside the composable or plugin.',
  }))),
]

/** Pages read the member's own database: a component that fetches rows has left the one-way road. */
const noFetch = [
  {
    selector: 'CallExpression[callee.name=/^(fetch|\\$fetch|useFetch|useLazyFetch|useAsyncData|useLazyAsyncData|useRequestFetch)$/]',
    message: 'A component never fetches: entity data comes from a sync composable, account acts from a composable of their own.',
  },
  {
    selector: 'CallExpression[callee.type="MemberExpression"][callee.property.name=/^(fetch|\\$fetch)$/]',
    message: 'A component never fetches: entity data comes from a sync composable, account acts from a composable of their own.',
  },
]

/** The browser names a shape; table, where and secret are the server's business alone. */
const noShapeParts = [
  {
    // A local table is the worker's own, so `table` is refused among a request's parameters only.
    selector: 'Property[key.name=/^(where|secret|api_secret)$/], Property[key.value=/^(where|secret|api_secret)$/], Property[key.name="params"] > ObjectExpression > Property[key.name=/^(table|columns|replica)$/]',
    message: 'Browser code names a shape and nothing of how it is made (table, where, secret).',
  },
  {
    selector: 'CallExpression[callee.property.name=/^(set|append)$/][arguments.0.value=/^(where|table|columns|params|secret|api_secret)$/]',
    message: 'Browser code names a shape and nothing of how it is made (table, where, secret).',
  },
  {
    selector: 'Literal[value=/[?&](where|table|secret|api_secret)=/], TemplateElement[value.raw=/[?&](where|table|secret|api_secret)=/]',
    message: 'Browser code names a shape and nothing of how it is made (table, where, secret).',
  },
  {
    selector: 'MemberExpression[property.name=/^(ELECTRIC_API_KEY|ELECTRIC_URL|DATABASE_URL|NUXT_SESSION_PASSWORD)$/]',
    message: 'Browser code knows no address or secret of the server.',
  },
]

/** Components are given rows: the database of the tab is the composables' business. */
const noConnection = [
  {
    selector: 'CallExpression[callee.name=/^(usePGLite|useLiveRows|initPGlite)$/], MemberExpression[property.name="$pglite"], Property[key.name="$pglite"]',
    message: 'A component takes rows from a sync composable, never from the connection.',
  },
  {
    selector: 'Literal[value=/^\\s*(SELECT|INSERT|UPDATE|DELETE)\\s/], TemplateElement[value.raw=/^\\s*(SELECT|INSERT|UPDATE|DELETE)\\s/]',
    message: 'A component names a composable; SQL lives in shared/reads.',
  },
]

/** dependency-cruiser sees resolved paths; these are the names that only Nuxt resolves. */
const noWayAround = ['error', {
  patterns: [{ group: ['~~/*', '@@/*', '~/../*', '@/../*', '#nitro*', 'nitropack*'], message: 'The page imports from its own folder and from #shared only.' }],
}]

export default createConfigForNuxt({
  features: {
    tooling: true,
    stylistic: { indent: 2, quotes: 'single', semi: false },
  },
  dirs: { root: ['apps/web/app'], src: ['apps/web/app'] },
})
  .prepend({
    ignores: [
      '**/node_modules/**', '**/.nuxt/**', '**/.output/**', '.data/**', '**/*.gen.ts',
      'apps/web/public/workers/**', 'apps/web/server/db/migrations/meta/**', '**/test-results/**', '**/coverage/**',
    ],
  })
  .append(
    {
      files: ['**/*.ts', '**/*.vue'],
      rules: {
        '@typescript-eslint/no-explicit-any': 'error',
        '@typescript-eslint/ban-ts-comment': ['error', { 'ts-ignore': true, 'ts-nocheck': true, 'ts-expect-error': 'allow-with-description' }],
        '@typescript-eslint/consistent-type-imports': ['error', { prefer: 'type-imports', disallowTypeAnnotations: false }],
        '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
      },
    },
    {
      rules: {
        // Matters of taste, left to whoever writes the line.
        '@stylistic/member-delimiter-style': 'off',
        '@stylistic/max-statements-per-line': ['error', { max: 2 }],
        '@stylistic/operator-linebreak': ['error', 'before', { overrides: { '=': 'ignore' } }],
        '@stylistic/quote-props': 'off',
        'nuxt/nuxt-config-keys-order': 'off',
        'jsdoc/check-param-names': 'off',
        'jsdoc/require-returns-description': 'off',
        'jsdoc/require-property-description': 'off',
      },
    },
    { linterOptions: { reportUnusedDisableDirectives: 'error' } },
    { files: ['apps/web/app/**/*.{ts,vue}'], ignores: ['**/*.test.ts'], rules: { 'no-restricted-syntax': ['error', ...moduleState, ...noShapeParts], 'no-restricted-imports': noWayAround } },
    {
      // The top level of <script setup> runs for each component, so what it makes is no module state.
      files: ['apps/web/app/**/*.vue'],
      rules: { 'no-restricted-syntax': ['error', ...noShapeParts, ...noFetch, ...noConnection] },
    },
    {
      files: ['apps/web/worker/**/*.ts', 'apps/web/shared/**/*.ts'],
      ignores: ['apps/web/shared/catalogue/**'],
      rules: { 'no-restricted-syntax': ['error', ...noShapeParts] },
    },
  )
