/** What the test's servers prove themselves to Electric with. */
export const SECRET = 'secret-between-server-and-electric'
