import { signUpInput } from '../../../shared/account/inputs'
import { signUp } from '../../account/sign-up'
import { clientAddress } from '../../http/address'
import { readJson } from '../../http/body'

export default defineEventHandler(async event => signUp(await readJson(event, signUpInput), clientAddress(event)))
