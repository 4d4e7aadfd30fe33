import { describeScenes } from '../support/scenes'
import { leadDeviceScenes } from './scenes/lead-device'
import { leadScenes } from './scenes/leads'

describeScenes('leads of a stand', [leadScenes, leadDeviceScenes])
