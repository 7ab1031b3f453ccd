'use client';
import { useEffect, useState } from 'react';
import { train } from '../train.js';

/** Trains in the browser, after the page is shown. */
export function Trainer() {
  const [result, setResult] = useState('');
  useEffect(() => setResult(train()), []);
  return <p>{result}</p>;
}
