import { describeScenes } from '../support/scenes'
import { authorityScenes } from './scenes/authority'
import { changeScenes } from './scenes/changes'
import { connectionScenes } from './scenes/connection'
import { firstPaintScenes } from './scenes/first-paint'
import { firstSyncScenes } from './scenes/first-sync'
import { leaseScenes } from './scenes/lease'
import { restartScenes } from './scenes/restart'
import { signOutScenes } from './scenes/sign-out'
import { storageScenes } from './scenes/storage'
import { tabScenes } from './scenes/tabs'

describeScenes('the read road in a real browser', [
  firstPaintScenes, firstSyncScenes, changeScenes, tabScenes, connectionScenes, restartScenes, leaseScenes, authorityScenes, signOutScenes, storageScenes,
])
