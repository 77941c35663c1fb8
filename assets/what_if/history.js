/* Undo and redo: what was, and what was undone. */

/* How many steps can be undone. */
export const UNDO_STEPS = 200;

/* Keeps moments, whatever they are, the last `limit` of them.

   record(before) notes the moment before a step, and forgets what was undone. undo(now) gives the
   moment before the last step, redo(now) the one that undo left; null where there is none.
   canUndo and canRedo say whether there is. */
export function createHistory(limit = UNDO_STEPS) {
  const past = [];
  const future = [];
  return {
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return future.length > 0;
    },
    record: function (before) {
      past.push(before);
      if (past.length > limit) past.shift();
      future.length = 0;
    },
    undo: (now) => exchanged(past, future, now),
    redo: (now) => exchanged(future, past, now),
  };

  function exchanged(from, to, now) {
    if (!from.length) return null;
    to.push(now);
    return from.pop();
  }
}
