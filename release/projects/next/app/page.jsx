import { grad, tensor } from '@mini/autograd';
import { Trainer } from './trainer.jsx';

/** Rendered for each request instead of during the build. */
export const dynamic = 'force-dynamic';

export default function Page() {
  const slope = grad((x) => x.mul(x))(tensor(3)).item();
  return (
    <main>
      <p>{`on the server: ${slope}`}</p>
      <Trainer />
    </main>
  );
}
