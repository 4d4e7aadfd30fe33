import { describeScenes } from '../support/scenes'
import { leadScenes } from './scenes/leads'

describeScenes('leads of a stand', [leadScenes])
