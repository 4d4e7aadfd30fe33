import { describeScenes } from '../support/scenes'
import { changeScenes } from './scenes/changes'
import { connectionScenes } from './scenes/connection'
import { firstPaintScenes } from './scenes/first-paint'
import { firstSyncScenes } from './scenes/first-sync'
import { tabScenes } from './scenes/tabs'

describeScenes('the read road in a real browser', [firstPaintScenes, firstSyncScenes, changeScenes, tabScenes, connectionScenes])
