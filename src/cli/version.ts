/** The version of the package; a test holds it to package.json, so that --version reads no second file. */
export const VERSION = '0.1.0'
