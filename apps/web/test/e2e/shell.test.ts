import { describeScenes } from '../support/scenes'
import { shellScenes } from './scenes/shell'

describeScenes('the app kept on the device', [shellScenes])
