/** Files that the user downloads, chooses or drops. */
import { byId } from './page.ts';

/** Downloads bytes as a file. */
export const download = (bytes: Uint8Array<ArrayBuffer>, name: string): void => {
  const address = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
};

/** Makes a button open the file chooser of an input; both by id. */
export const chooseFiles = (
  button: string,
  input: string,
  onFiles: (files: readonly File[]) => void,
): void => {
  const files = byId<HTMLInputElement>(input);
  byId(button).addEventListener('click', () => files.click());
  files.addEventListener('change', () => {
    if (files.files !== null && files.files.length > 0) onFiles([...files.files]);
    // Choosing the same file again is a change too.
    files.value = '';
  });
};

/** Accepts files that are dropped on the element with an id. */
export const dropFiles = (id: string, onFiles: (files: readonly File[]) => void): void => {
  const area = byId(id);
  area.addEventListener('dragover', (event) => {
    event.preventDefault();
    area.classList.add('over');
  });
  area.addEventListener('dragleave', () => area.classList.remove('over'));
  area.addEventListener('drop', (event) => {
    event.preventDefault();
    area.classList.remove('over');
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) onFiles(files);
  });
};
