import { describeScenes } from '../support/scenes'
import { authorityScenes } from './scenes/authority'
import { leaseScenes } from './scenes/lease'
import { restartScenes } from './scenes/restart'
import { signOutScenes } from './scenes/sign-out'
import { storageScenes } from './scenes/storage'

describeScenes('who may read what and for how long, in a real browser', [restartScenes, leaseScenes, authorityScenes, signOutScenes, storageScenes])
