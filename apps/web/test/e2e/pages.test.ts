import { describeScenes } from '../support/scenes'
import { importScenes } from './scenes/imports'
import { lastAnswersScenes } from './scenes/last-answers'
import { onboardingScenes } from './scenes/onboarding'
import { searchScenes } from './scenes/search'
import { trashScenes } from './scenes/trash'
import { workspacePageScenes } from './scenes/workspace-pages'

describeScenes('the pages in a real browser', [searchScenes, onboardingScenes, importScenes, workspacePageScenes, trashScenes, lastAnswersScenes])
