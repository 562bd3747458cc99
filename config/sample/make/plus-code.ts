/** Open Location Code (plus code) of ten digits: https://github.com/google/open-location-code/blob/main/Documentation/Specification/specification.md */

const ALPHABET = '23456789CFGHJMPQRVWX';
const PAIRS = 5;
/** A pair's last digit is worth 1/8000 of a degree. */
const STEPS_PER_DEGREE = 8000;

export const plusCode = (latitude: number, longitude: number): string => {
  let north = Math.floor((latitude + 90) * STEPS_PER_DEGREE);
  let east = Math.floor((longitude + 180) * STEPS_PER_DEGREE);
  let code = '';
  for (let pair = 0; pair < PAIRS; pair += 1) {
    code = `${ALPHABET.charAt(north % 20)}${ALPHABET.charAt(east % 20)}${code}`;
    north = Math.floor(north / 20);
    east = Math.floor(east / 20);
  }
  return `${code.slice(0, 8)}+${code.slice(8)}`;
};
