import { describeScenes } from '../support/scenes'
import { writeScenes } from './scenes/writes'

describeScenes('edits in a real browser', [writeScenes])
