-- What else the simulated user might have typed at a turn's moment, each with its meaning: cheap variety for training.
ALTER TABLE turns ADD COLUMN alternatives JSON;
UPDATE turns SET alternatives = '[]';
