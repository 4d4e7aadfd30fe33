import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const ROOT = new URL('../../', import.meta.url)
const read = (file: string) => readFileSync(new URL(file, ROOT), 'utf8')

interface Rule { alert: string, expr: string, for?: string, labels: { severity: string }, annotations: { summary: string, runbook: string } }
const { groups } = parse(read('ops/prometheus-alerts.yml')) as { groups: { rules: Rule[] }[] }
const rules = groups.flatMap(group => group.rules)

/** As GitHub makes them of headings. */
const anchors = new Set([...read('docs/operations.md').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase().replace(/[^\w\s-]/g, '').trim().replace(/\s/g, '-')))

describe('the alert rules', () => {
  it.each(rules)('$alert says what is wrong, and its runbook is a section that there is', ({ annotations: { summary, runbook }, labels, expr }) => {
    const [file, anchor] = runbook.split('#')
    expect([file, anchors.has(anchor ?? '') || anchor]).toEqual(['docs/operations.md', true])
    expect(summary).toMatch(/^.{20,}\.$/)
    expect(['page', 'warn']).toContain(labels.severity)
    expect(expr).not.toBe('')
  })

  it('has each name once', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
  })
})

interface Panel { id: number, type: string, title: string, gridPos: { x: number, y: number, w: number, h: number }, targets?: { expr: string }[] }
const { panels } = JSON.parse(read('ops/grafana-dashboard.json')) as { panels: Panel[] }

describe('the dashboard', () => {
  it('asks something in every panel, and no two panels are one or lie on each other', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const { type, title, targets = [] } of panels) expect([title, type === 'row' || targets.length > 0]).toEqual([title, true])
    const places = panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, n) => `${x + n % w},${y + Math.floor(n / w)}`))
    expect(new Set(places).size).toBe(places.length)
  })
})
