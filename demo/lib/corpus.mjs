/**
 * What the `search` tool looks through and the `books://` resources serve: opening lines of books
 * that are in the public domain.
 *
 * @typedef {{ id: string, title: string, author: string, year: number, text: string }} Book
 */

/** @type {readonly Book[]} */
export const corpus = [
  book("moby-dick", "Moby-Dick", "Herman Melville", 1851, "Call me Ishmael."),
  book(
    "pride-and-prejudice",
    "Pride and Prejudice",
    "Jane Austen",
    1813,
    "It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a wife.",
  ),
  book(
    "tale-of-two-cities",
    "A Tale of Two Cities",
    "Charles Dickens",
    1859,
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness.",
  ),
  book(
    "anna-karenina",
    "Anna Karenina",
    "Leo Tolstoy",
    1878,
    "Happy families are all alike; every unhappy family is unhappy in its own way.",
  ),
  book(
    "time-machine",
    "The Time Machine",
    "H. G. Wells",
    1895,
    "The Time Traveller (for so it will be convenient to speak of him) was expounding a recondite matter to us.",
  ),
  book(
    "war-of-the-worlds",
    "The War of the Worlds",
    "H. G. Wells",
    1898,
    "No one would have believed in the last years of the nineteenth century that this world was being watched keenly and closely by intelligences greater than man's and yet as mortal as his own.",
  ),
  book(
    "frankenstein",
    "Frankenstein",
    "Mary Shelley",
    1818,
    "You will rejoice to hear that no disaster has accompanied the commencement of an enterprise which you have regarded with such evil forebodings.",
  ),
  book(
    "alice",
    "Alice's Adventures in Wonderland",
    "Lewis Carroll",
    1865,
    "Alice was beginning to get very tired of sitting by her sister on the bank, and of having nothing to do.",
  ),
  book(
    "huckleberry-finn",
    "Adventures of Huckleberry Finn",
    "Mark Twain",
    1884,
    "You don't know about me without you have read a book by the name of The Adventures of Tom Sawyer; but that ain't no matter.",
  ),
  book(
    "jane-eyre",
    "Jane Eyre",
    "Charlotte Brontë",
    1847,
    "There was no possibility of taking a walk that day.",
  ),
  book(
    "dracula",
    "Dracula",
    "Bram Stoker",
    1897,
    "Left Munich at 8:35 P.M., on 1st May, arriving at Vienna early next morning; should have arrived at 6:46, but train was an hour late.",
  ),
  book(
    "scandal-in-bohemia",
    "A Scandal in Bohemia",
    "Arthur Conan Doyle",
    1891,
    "To Sherlock Holmes she is always the woman.",
  ),
  book(
    "wizard-of-oz",
    "The Wonderful Wizard of Oz",
    "L. Frank Baum",
    1900,
    "Dorothy lived in the midst of the great Kansas prairies, with Uncle Henry, who was a farmer, and Aunt Em, who was the farmer's wife.",
  ),
  book("peter-pan", "Peter and Wendy", "J. M. Barrie", 1911, "All children, except one, grow up."),
  book(
    "secret-garden",
    "The Secret Garden",
    "Frances Hodgson Burnett",
    1911,
    "When Mary Lennox was sent to Misselthwaite Manor to live with her uncle everybody said she was the most disagreeable-looking child ever seen.",
  ),
  book(
    "wind-in-the-willows",
    "The Wind in the Willows",
    "Kenneth Grahame",
    1908,
    "The Mole had been working very hard all the morning, spring-cleaning his little home.",
  ),
  book(
    "little-women",
    "Little Women",
    "Louisa May Alcott",
    1868,
    '"Christmas won\'t be Christmas without any presents," grumbled Jo, lying on the rug.',
  ),
  book(
    "great-expectations",
    "Great Expectations",
    "Charles Dickens",
    1861,
    "My father's family name being Pirrip, and my Christian name Philip, my infant tongue could make of both names nothing longer or more explicit than Pip.",
  ),
];

/**
 * Books that contain every word of the query in their title, author or text; all of them for a query
 * without words.
 *
 * @param {string} query
 * @returns {Book[]}
 */
export function findBooks(query) {
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return corpus.filter((entry) => {
    const haystack = `${entry.title} ${entry.author} ${entry.text}`.toLowerCase();
    return words.every((word) => haystack.includes(word));
  });
}

/** @returns {Book} */
function book(
  /** @type {string} */ id,
  /** @type {string} */ title,
  /** @type {string} */ author,
  /** @type {number} */ year,
  /** @type {string} */ text,
) {
  return { id, title, author, year, text };
}
